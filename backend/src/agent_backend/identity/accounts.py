"""Registration and login."""

from __future__ import annotations

from typing import Protocol

from agent_backend.context import Account, Kind, Principal, Role, UnifiedIDManager
from agent_backend.identity.passwords import Passwords
from agent_backend.identity.sessions import Sessions, TokenPair


class TenantTaken(Exception):
    """A tenant of this name exists; only its own users can add to it."""


class AddressTaken(Exception):
    """The tenant has a user of this address already."""


class LoginRefused(Exception):
    """Tenant, address and password do not fit together; which of them is wrong is not told."""


class Accounts(Protocol):
    """Where accounts are kept."""

    async def add_tenant(self, name: str, first: Account) -> bool:
        """Found a tenant with its first user; False when the name is taken."""

    async def add_user(self, account: Account) -> bool:
        """Add a user to a tenant; False when the address is taken there."""

    async def find(self, tenant_name: str, email: str) -> Account | None:
        """The account of an address in the tenant of that name."""


class Identity:
    """Makes accounts, turns a password into a session, and a token into the principal of its session."""

    def __init__(self, accounts: Accounts, passwords: Passwords, sessions: Sessions, ids: UnifiedIDManager) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._sessions = sessions
        self._ids = ids

    async def register(self, tenant_name: str, email: str, password: str) -> Principal:
        """Found a tenant with its first user: a stranger who knows a name must not become a member by registering."""
        account = await self._new_account(self._ids.new(Kind.TENANT), email, password, Role.ADMIN)
        if not await self._accounts.add_tenant(tenant_name, account):
            raise TenantTaken
        return Principal(account.tenant_id, account.user_id)

    async def add_colleague(self, member: Principal, email: str, password: str, role: Role = Role.MEMBER) -> Principal:
        """Add a user to the tenant of a user who is logged in."""
        account = await self._new_account(member.tenant_id, email, password, role)
        if not await self._accounts.add_user(account):
            raise AddressTaken
        return Principal(account.tenant_id, account.user_id)

    async def login(self, tenant_name: str, email: str, password: str) -> TokenPair:
        """Trade a password for the tokens of a new session."""
        account = await self._accounts.find(tenant_name, email)
        matches = await self._passwords.verify(account.password_hash if account else None, password)
        if account is None or not matches:
            raise LoginRefused
        return await self._sessions.open(account)

    async def authenticate(self, token: str) -> Principal:
        """Whom an access token speaks for; raises TokenRefused."""
        return await self._sessions.authenticate(token)

    async def refresh(self, token: str) -> TokenPair:
        """Trade a refresh token for the next pair; raises TokenRefused."""
        return await self._sessions.refresh(token)

    async def logout(self, principal: Principal, *, everywhere: bool = False) -> None:
        """End the session by which this user came, or all of his."""
        await (self._sessions.end_all(principal) if everywhere else self._sessions.end(principal))

    async def _new_account(self, tenant_id: str, email: str, password: str, role: Role) -> Account:
        return Account(tenant_id, self._ids.new(Kind.USER), email, await self._passwords.hash(password), role)
