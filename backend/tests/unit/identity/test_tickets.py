from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.context import Kind, Principal, UnifiedIDManager
from agent_backend.identity import AuthTicketManager, TicketRefused


class Shelf:
    """Values that can be taken once; how long they were to live is written down."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.lifetimes: list[timedelta] = []

    async def put(self, key: str, value: bytes, ttl: timedelta) -> None:
        self.values[key] = value
        self.lifetimes.append(ttl)

    async def take(self, key: str) -> bytes | None:
        return self.values.pop(key, None)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def tickets(shelf: Shelf, clock: Any) -> AuthTicketManager:
    return AuthTicketManager(shelf, clock)


@pytest.fixture
def ada(ids: UnifiedIDManager) -> Principal:
    return Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))


@pytest.mark.asyncio
async def test_a_ticket_is_good_for_its_user_once(tickets: AuthTicketManager, ada: Principal) -> None:
    ticket = await tickets.generate_ticket(ada)
    assert await tickets.validate_ticket(ticket.text) == ada
    with pytest.raises(TicketRefused):
        await tickets.validate_ticket(ticket.text)


@pytest.mark.asyncio
async def test_a_ticket_that_the_store_kept_too_long_is_refused(
    tickets: AuthTicketManager, ada: Principal, clock: Any
) -> None:
    late, in_time = await tickets.generate_ticket(ada), await tickets.generate_ticket(ada, timedelta(minutes=6))
    clock.move(minutes=5)
    assert await tickets.validate_ticket(in_time.text) == ada
    with pytest.raises(TicketRefused):
        await tickets.validate_ticket(late.text)


@pytest.mark.asyncio
async def test_the_store_is_told_the_lifetime_and_never_the_ticket(
    tickets: AuthTicketManager, ada: Principal, shelf: Shelf
) -> None:
    ticket = await tickets.generate_ticket(ada)
    assert shelf.lifetimes == [timedelta(minutes=5)]
    assert ticket.text not in str(shelf.values)
    assert ticket.text not in repr(ticket)


@pytest.mark.asyncio
async def test_a_ticket_has_256_random_bits(tickets: AuthTicketManager, ada: Principal) -> None:
    texts = {(await tickets.generate_ticket(ada)).text for _ in range(100)}
    assert len(texts) == 100
    assert all(re.fullmatch(r"[\w-]{43}", text, re.ASCII) for text in texts)


@pytest.mark.asyncio
@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(hours=1, microseconds=1)])
async def test_a_lifetime_out_of_range_is_an_error(
    tickets: AuthTicketManager, ada: Principal, lifetime: timedelta
) -> None:
    with pytest.raises(ValueError, match="at most 3600 s"):
        await tickets.generate_ticket(ada, lifetime)
