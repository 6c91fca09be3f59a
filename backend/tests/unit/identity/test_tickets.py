from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.context import EndedSession, Kind, Permission, Principal, Role, UnifiedIDManager
from agent_backend.identity import AuthTicketManager, TicketOverreach, TicketRefused
from agent_backend.identity.tickets import LONGEST_LIFETIME, ticket_label


class Shelf:
    """Values that can be taken once; how long they were to live is written down."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[str, bytes | None]] = {}
        self.shut: dict[str, timedelta] = {}
        self.lifetimes: list[timedelta] = []

    async def put(self, key: str, value: bytes, ttl: timedelta, holder: str) -> None:
        self.values[key] = holder, value
        self.lifetimes.append(ttl)

    async def take(self, key: str) -> bytes | None:
        holder, value = self.values.pop(key, ("", None))
        return None if holder in self.shut else value

    async def shut_out(self, holder: str, ttl: timedelta) -> None:
        self.shut[holder] = ttl

    async def peek(self, key: str) -> bytes | None:
        return self.values[key][1] if key in self.values else None

    async def remove(self, key: str) -> bool:
        return self.values.pop(key, None) is not None


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def tickets(shelf: Shelf, clock: Any) -> AuthTicketManager:
    return AuthTicketManager(shelf, clock)


def someone(ids: UnifiedIDManager) -> Principal:
    return Principal(ids.new(Kind.TENANT), ids.new(Kind.USER), ids.new(Kind.SESSION), Role.MEMBER.permissions)


def ended(principal: Principal) -> EndedSession:
    assert principal.session_id is not None
    return EndedSession(principal.tenant_id, principal.user_id, principal.session_id)


@pytest.fixture
def ada(ids: UnifiedIDManager) -> Principal:
    return someone(ids)


@pytest.mark.asyncio
async def test_a_ticket_is_good_for_its_user_once(tickets: AuthTicketManager, ada: Principal) -> None:
    ticket = await tickets.generate_ticket(ada)
    redeemed = await tickets.validate_ticket(ticket.text)
    assert (redeemed, redeemed.session_id, redeemed.permissions) == (ada, ada.session_id, ada.permissions)
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


@pytest.mark.asyncio
async def test_a_ticket_permits_a_part_of_what_its_owner_may_do_and_never_more(
    tickets: AuthTicketManager, ada: Principal
) -> None:
    ticket = await tickets.generate_ticket(ada, permissions=[Permission.CHAT])
    assert ticket.permissions == (await tickets.validate_ticket(ticket.text)).permissions == {Permission.CHAT}
    nothing = await tickets.generate_ticket(ada, permissions=[])
    assert (await tickets.validate_ticket(nothing.text)).permissions == frozenset()
    with pytest.raises(TicketOverreach, match="users:manage"):
        await tickets.generate_ticket(ada, permissions=[Permission.CHAT, Permission.MANAGE_USERS])


@pytest.mark.asyncio
async def test_the_tickets_of_a_session_that_has_ended_are_refused_even_one_that_was_just_being_made(
    tickets: AuthTicketManager, ada: Principal, shelf: Shelf, ids: UnifiedIDManager
) -> None:
    elsewhere = replace(ada, session_id=ids.new(Kind.SESSION))
    before, other = await tickets.generate_ticket(ada), await tickets.generate_ticket(elsewhere)
    await tickets.session_ended(ended(ada))
    after = await tickets.generate_ticket(ada)
    for ticket in (before, after):
        with pytest.raises(TicketRefused):
            await tickets.validate_ticket(ticket.text)
    assert (await tickets.validate_ticket(other.text)).session_id == elsewhere.session_id
    assert shelf.shut[ended(ada).session_id] > LONGEST_LIFETIME


@pytest.mark.asyncio
async def test_who_came_by_no_session_can_have_no_ticket(
    tickets: AuthTicketManager, ada: Principal, shelf: Shelf
) -> None:
    with pytest.raises(TicketRefused, match="session"):
        await tickets.generate_ticket(replace(ada, session_id=None))
    assert shelf.values == {}


@pytest.mark.asyncio
async def test_an_owner_can_see_and_revoke_a_ticket_and_nobody_else_can(
    tickets: AuthTicketManager, ada: Principal, ids: UnifiedIDManager, clock: Any
) -> None:
    ticket = await tickets.generate_ticket(ada)
    clock.move(seconds=60)
    for stranger in (someone(ids), Principal(ada.tenant_id, ids.new(Kind.USER), ada.session_id)):
        for refused in (tickets.ticket_status(stranger, ticket.text), tickets.revoke_ticket(stranger, ticket.text)):
            with pytest.raises(TicketRefused):
                await refused
    status = await tickets.ticket_status(ada, ticket.text)
    assert (status.expires_in, status.permissions) == (240, ada.permissions)
    await tickets.revoke_ticket(ada, ticket.text)
    for refused in (tickets.revoke_ticket(ada, ticket.text), tickets.ticket_status(ada, ticket.text)):
        with pytest.raises(TicketRefused):
            await refused
    with pytest.raises(TicketRefused):
        await tickets.validate_ticket(ticket.text)


@pytest.mark.asyncio
async def test_a_log_never_shows_a_ticket(
    tickets: AuthTicketManager, ada: Principal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        ticket = await tickets.generate_ticket(ada)
        await tickets.validate_ticket(ticket.text)
        with pytest.raises(TicketRefused):
            await tickets.validate_ticket(ticket.text)
    assert ticket_label(ticket.text) in caplog.text
    assert ticket.text not in caplog.text
    assert ticket.text[:6] not in caplog.text
