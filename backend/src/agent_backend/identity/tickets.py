"""Tickets: a browser cannot send headers with a WebSocket, so it trades its token for a secret that works once."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from agent_backend.context import Clock, EndedSession, Permission, Principal

DEFAULT_LIFETIME: Final = timedelta(minutes=5)
LONGEST_LIFETIME: Final = timedelta(hours=1)
_FORM: Final = re.compile(r"[\w-]{43}", re.ASCII)

logger = logging.getLogger(__name__)


class TicketRefused(Exception):
    """A ticket is unknown, used, expired, revoked or another's; which of these is not told."""


class TicketOverreach(ValueError):
    """A ticket was to permit more than its owner may do."""


class TicketStore(Protocol):
    """Where tickets wait; taking one must be a single step, so that of many takers one wins."""

    async def put(self, key: str, value: bytes, ttl: timedelta, holder: str) -> None:
        """Keep a value of this holder's under a new key until its time is over."""

    async def take(self, key: str) -> bytes | None:
        """Read and remove in one step; nothing where the holder was shut out."""

    async def shut_out(self, holder: str, ttl: timedelta) -> None:
        """Nothing of this holder's can be taken for so long, not even what is put only now."""

    async def peek(self, key: str) -> bytes | None:
        """Read and leave it there."""

    async def remove(self, key: str) -> bool:
        """Remove it; False when it was not there any more."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What opens one socket, once."""

    text: str = field(repr=False)
    expires_in: int
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class TicketStatus:
    """What the owner may know of a ticket that still waits."""

    expires_in: int
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a ticket stands for."""

    principal: Principal
    expires_at: datetime

    def to_json(self) -> bytes:
        content = {
            "tenant_id": self.principal.tenant_id,
            "user_id": self.principal.user_id,
            "session_id": self.principal.session_id,
            "permissions": sorted(self.principal.permissions),
            "expires_at": self.expires_at.isoformat(),
        }
        return json.dumps(content).encode()

    @classmethod
    def from_json(cls, value: bytes) -> _Kept:
        content = json.loads(value)
        permissions = frozenset(Permission(name) for name in content["permissions"])
        principal = Principal(content["tenant_id"], content["user_id"], content["session_id"], permissions)
        return cls(principal, datetime.fromisoformat(content["expires_at"]))


class AuthTicketManager:
    """Generates tickets of 256 bits and redeems each at most once, while the session that holds it lives.

    A ticket is made where its session is known to live, and the end of a session is told to the store of tickets: so
    to redeem one takes a single look there, and none at the session.
    """

    def __init__(
        self,
        store: TicketStore,
        clock: Clock,
        random_text: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        self._store = store
        self._clock = clock
        self._random_text = random_text

    async def generate_ticket(
        self,
        principal: Principal,
        lifetime: timedelta = DEFAULT_LIFETIME,
        permissions: Collection[Permission] | None = None,
    ) -> Ticket:
        """A ticket for this user that permits what he may do, or the part of it that is asked for."""
        if not timedelta(0) < lifetime <= LONGEST_LIFETIME:
            raise ValueError(f"a ticket lives more than 0 s and at most {LONGEST_LIFETIME.total_seconds():.0f} s")
        granted = principal.permissions if permissions is None else frozenset(permissions)
        if excess := granted - principal.permissions:
            raise TicketOverreach(f"a ticket cannot permit what its owner may not do: {', '.join(sorted(excess))}")
        if principal.session_id is None:
            raise TicketRefused("only who came by a session can have a ticket")
        text = self._random_text(32)
        holder = Principal(principal.tenant_id, principal.user_id, principal.session_id, granted)
        kept = _Kept(holder, self._clock.now() + lifetime)
        await self._store.put(_key(text), kept.to_json(), lifetime, principal.session_id)
        logger.debug("ticket %s was made for %s", ticket_label(text), principal.user_id)
        return Ticket(text, int(lifetime.total_seconds()), granted)

    async def validate_ticket(self, text: str) -> Principal:
        """Redeem a ticket: whoever comes first learns whose it is, everyone else is refused."""
        value = await self._store.take(_key(text)) if _FORM.fullmatch(text) else None
        kept = self._in_time(value)
        if kept is None:
            logger.debug("ticket %s was refused", ticket_label(text))
            raise TicketRefused
        return kept.principal

    async def session_ended(self, ended: EndedSession) -> None:
        """Refuse the tickets of a session that has ended, and one that is just being made, while any could live."""
        await self._store.shut_out(ended.session_id, 2 * LONGEST_LIFETIME)

    async def ticket_status(self, principal: Principal, text: str) -> TicketStatus:
        """How long a ticket of this user still waits; raises TicketRefused for any other text."""
        kept = await self._own(principal, text)
        left = kept.expires_at - self._clock.now()
        return TicketStatus(int(left.total_seconds()), kept.principal.permissions)

    async def revoke_ticket(self, principal: Principal, text: str) -> None:
        """Make a ticket of this user useless. Looking first is safe: what a key holds never changes, it only goes."""
        await self._own(principal, text)
        if not await self._store.remove(_key(text)):
            raise TicketRefused

    async def _own(self, principal: Principal, text: str) -> _Kept:
        kept = self._in_time(await self._store.peek(_key(text)) if _FORM.fullmatch(text) else None)
        if kept is None or kept.principal != principal:
            raise TicketRefused
        return kept

    def _in_time(self, value: bytes | None) -> _Kept | None:
        kept = None if value is None else _Kept.from_json(value)
        return kept if kept is not None and self._clock.now() < kept.expires_at else None


def ticket_label(text: str) -> str:
    """What logs may show of a ticket: enough to tell two apart, too little to find it."""
    return f"{hashlib.sha256(text.encode()).hexdigest()[:8]}…"


def _key(text: str) -> str:
    """The store keeps only a digest: reading its keys must not hand out tickets."""
    return f"ticket:{hashlib.sha256(text.encode()).hexdigest()}"
