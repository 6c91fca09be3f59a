"""An account, as identity judges it and storage keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_backend.context.permission import Role


@dataclass(frozen=True, slots=True)
class Account:
    """One user of one tenant; the hash stays out of every repr."""

    tenant_id: str
    user_id: str
    email: str
    password_hash: str = field(repr=False)
    role: Role = Role.MEMBER
