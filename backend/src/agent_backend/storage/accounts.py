"""Tenants and their users."""

from __future__ import annotations

from dataclasses import replace

from psycopg.rows import class_row

from agent_backend.context import Account, Role
from agent_backend.storage.database import DatabaseManager


class AccountStore:
    """Keeps accounts; a name that is taken is an answer, not an error."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database

    async def add_tenant(self, name: str, first: Account) -> bool:
        """Found a tenant with its first user; False when the name is taken."""
        async with self._database.tenant(first.tenant_id) as connection:
            founded = await connection.execute(
                "INSERT INTO tenants (id, name) VALUES (%s, %s) ON CONFLICT (name) DO NOTHING", [first.tenant_id, name]
            )
            if founded.rowcount == 0:
                return False
            await connection.execute(_INSERT_USER, _row(first))
            return True

    async def add_user(self, account: Account) -> bool:
        """Add a user to a tenant; False when the address is taken there."""
        async with self._database.tenant(account.tenant_id) as connection:
            return (await connection.execute(_INSERT_USER, _row(account))).rowcount == 1

    async def tenant_id(self, name: str) -> str | None:
        """The id of the tenant of that name."""
        async with self._database.tenant_named(name) as connection:
            row = await (await connection.execute("SELECT id FROM tenants")).fetchone()
        return None if row is None else str(row[0])

    async def find(self, tenant_name: str, email: str) -> Account | None:
        """The account of an address in the tenant of that name."""
        tenant_id = await self.tenant_id(tenant_name)
        if tenant_id is None:
            return None
        async with self._database.tenant(tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(Account))
            await cursor.execute(
                "SELECT tenant_id, id AS user_id, email, password_hash, role FROM users WHERE email = %s", [email]
            )
            account = await cursor.fetchone()
        return account and replace(account, role=Role(account.role))


_INSERT_USER = """
INSERT INTO users (tenant_id, id, email, password_hash, role) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, email) DO NOTHING
"""


def _row(account: Account) -> list[str]:
    return [account.tenant_id, account.user_id, account.email, account.password_hash, account.role]
