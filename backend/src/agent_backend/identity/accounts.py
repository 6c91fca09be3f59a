"""Registration and login."""

from __future__ import annotations

from typing import Protocol

from agent_backend.context import Account, Kind, Principal, Role, UnifiedIDManager
from agent_backend.identity.passwords import Passwords
from agent_backend.identity.sessions import Sessions, TokenPair


class TenantTaken(Exception):
    """A tenant of this name exists; only its own users can add to it."""


class TenantUnknown(Exception):
    """There is no tenant of this name."""


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

    async def tenant_id(self, name: str) -> str | None:
        """The id of the tenant of that name."""

    async def find(self, tenant_name: str, email: str) -> Account | None:
        """The account of an address in the tenant of that name."""


class Enrolment:
    """Makes accounts: the first of a new tenant, and more in a tenant that exists."""

    def __init__(self, accounts: Accounts, passwords: Passwords, ids: UnifiedIDManager) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._ids = ids

    async def found(self, tenant_name: str, email: str, password: str, role: Role = Role.ADMIN) -> Principal:
        """Found a tenant with its first user; raises TenantTaken."""
        account = await self._new_account(self._ids.new(Kind.TENANT), email, password, role)
        if not await self._accounts.add_tenant(tenant_name, account):
            raise TenantTaken
        return Principal(account.tenant_id, account.user_id)

    async def add(self, tenant_id: str, email: str, password: str, role: Role) -> Principal:
        """Add a user to a tenant; raises AddressTaken."""
        account = await self._new_account(tenant_id, email, password, role)
        if not await self._accounts.add_user(account):
            raise AddressTaken
        return Principal(account.tenant_id, account.user_id)

    async def add_to(self, tenant_name: str, email: str, password: str, role: Role) -> Principal:
        """The same by the tenant's name, for whoever may name any; raises TenantUnknown."""
        tenant_id = await self._accounts.tenant_id(tenant_name)
        if tenant_id is None:
            raise TenantUnknown
        return await self.add(tenant_id, email, password, role)

    async def _new_account(self, tenant_id: str, email: str, password: str, role: Role) -> Account:
        return Account(tenant_id, self._ids.new(Kind.USER), email, await self._passwords.hash(password), role)


class Identity:
    """Lets strangers found tenants, turns a password into a session, and a token into the principal of its session."""

    def __init__(self, accounts: Accounts, passwords: Passwords, sessions: Sessions, ids: UnifiedIDManager) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._sessions = sessions
        self._enrolment = Enrolment(accounts, passwords, ids)

    async def register(self, tenant_name: str, email: str, password: str) -> Principal:
        """Found a tenant with its first user: a stranger who knows a name must not become a member by registering."""
        return await self._enrolment.found(tenant_name, email, password)

    async def add_colleague(self, member: Principal, email: str, password: str) -> Principal:
        """Add a user to the tenant of a user who is logged in."""
        return await self._enrolment.add(member.tenant_id, email, password, Role.MEMBER)

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
