"""Tickets: a browser cannot send headers with a WebSocket, so it trades its token for a secret that works once."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from agent_backend.context import Clock, Principal

DEFAULT_LIFETIME: Final = timedelta(minutes=5)
LONGEST_LIFETIME: Final = timedelta(hours=1)
_FORM: Final = re.compile(r"[\w-]{43}", re.ASCII)


class TicketRefused(Exception):
    """A ticket is unknown, used or expired; which of these is not told."""


class TicketStore(Protocol):
    """Where tickets wait; taking one must be a single step, so that of many takers one wins."""

    async def put(self, key: str, value: bytes, ttl: timedelta) -> None:
        """Keep a value under a new key until its time is over."""

    async def take(self, key: str) -> bytes | None:
        """Read and remove in one step."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What opens one socket, once."""

    text: str = field(repr=False)
    expires_in: int


class AuthTicketManager:
    """Generates tickets of 256 bits and redeems each at most once."""

    def __init__(
        self, store: TicketStore, clock: Clock, random_text: Callable[[int], str] = secrets.token_urlsafe
    ) -> None:
        self._store = store
        self._clock = clock
        self._random_text = random_text

    async def generate_ticket(self, principal: Principal, lifetime: timedelta = DEFAULT_LIFETIME) -> Ticket:
        """A ticket for this user; a lifetime out of range is an error."""
        if not timedelta(0) < lifetime <= LONGEST_LIFETIME:
            raise ValueError(f"a ticket lives more than 0 s and at most {LONGEST_LIFETIME.total_seconds():.0f} s")
        text = self._random_text(32)
        value = {
            "tenant_id": principal.tenant_id,
            "user_id": principal.user_id,
            "expires_at": (self._clock.now() + lifetime).timestamp(),
        }
        await self._store.put(_key(text), json.dumps(value).encode(), lifetime)
        return Ticket(text, int(lifetime.total_seconds()))

    async def validate_ticket(self, text: str) -> Principal:
        """Redeem a ticket: whoever comes first learns whose it is, everyone else is refused."""
        value = await self._store.take(_key(text)) if _FORM.fullmatch(text) else None
        if value is None:
            raise TicketRefused
        ticket = json.loads(value)
        if self._clock.now().timestamp() >= ticket["expires_at"]:
            raise TicketRefused
        return Principal(ticket["tenant_id"], ticket["user_id"])


def _key(text: str) -> str:
    """The store keeps only a digest: reading its keys must not hand out tickets."""
    return f"ticket:{hashlib.sha256(text.encode()).hexdigest()}"
