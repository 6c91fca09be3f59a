"""What a user may do, and the roles that bundle it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """One thing a user may be allowed to do; the value is what tickets and routes carry."""

    CHAT = "chat"
    READ_USAGE = "usage:read"
    WRITE_USAGE = "usage:write"
    MANAGE_USERS = "users:manage"
    OPERATE = "operate"
    """See the runs, sockets and stores of the whole service, of every tenant: never given by registering."""


class Role(StrEnum):
    """What an account is; kept with it, so that a change holds from the next request on."""

    MEMBER = "member"
    ADMIN = "admin"
    OPERATOR = "operator"

    @property
    def permissions(self) -> frozenset[Permission]:
        return _PERMISSIONS[self]


_MEMBER: Final = frozenset({Permission.CHAT, Permission.READ_USAGE, Permission.WRITE_USAGE})
_PERMISSIONS: Final = {
    Role.MEMBER: _MEMBER,
    Role.ADMIN: _MEMBER | {Permission.MANAGE_USERS},
    Role.OPERATOR: frozenset({Permission.OPERATE}),
}
