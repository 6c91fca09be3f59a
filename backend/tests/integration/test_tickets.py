from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import httpx2
import pytest
import redis
from websockets.exceptions import InvalidStatus

from agent_backend.context import EndedSession, Kind, Principal, SystemClock, UnifiedIDManager
from agent_backend.identity import AuthTicketManager, TicketRefused
from agent_backend.storage import RedisStore
from agent_backend.storage.redis_store import CONNECTIONS


def refusal(visitor: Any, ticket: str) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused, visitor.open(ticket):
        pass
    return refused.value.response.status_code, refused.value.response.body.decode()


def key(ticket: str) -> str:
    return f"ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


def test_a_ticket_opens_one_socket_and_no_second(backend: Any) -> None:
    visitor = backend.visitor()
    ticket = visitor.ticket()
    with visitor.open(ticket) as tab:
        assert tab.receive()["type"] == "connection_established"
        status, _ = refusal(visitor, ticket)
    assert status == 403


def test_of_twenty_racers_with_one_ticket_one_wins(backend: Any) -> None:
    visitor = backend.visitor()
    ticket = visitor.ticket()
    start = Barrier(20)

    def race(_: int) -> str:
        start.wait()
        try:
            with visitor.open(ticket) as tab:
                return tab.receive()["type"]
        except InvalidStatus as refused:
            return str(refused.response.status_code)

    with ThreadPoolExecutor(20) as racers:
        outcomes = sorted(racers.map(race, range(20)))
    assert outcomes == ["403"] * 19 + ["connection_established"]


@pytest.mark.asyncio
async def test_of_twenty_racers_two_hundred_times_one_wins_each_time(redis_url: str) -> None:
    store = await RedisStore.open(redis_url)
    clock = SystemClock()

    tickets, ids = AuthTicketManager(store, clock), UnifiedIDManager(clock)
    winners = []
    for _ in range(200):
        owner = Principal(ids.new(Kind.TENANT), ids.new(Kind.USER), ids.new(Kind.SESSION))
        ticket = (await tickets.generate_ticket(owner)).text
        outcomes = await asyncio.gather(*[tickets.validate_ticket(ticket) for _ in range(20)], return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Principal, TicketRefused}
        winners.append([outcome for outcome in outcomes if isinstance(outcome, Principal)] == [owner])
    await store.close()
    assert winners == [True] * 200


@pytest.mark.asyncio
async def test_two_hundred_who_ask_at_once_share_a_bounded_number_of_connections(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        others = len(client.client_list())
        store = await RedisStore.open(redis_url)
        clock = SystemClock()
        tickets, ids = AuthTicketManager(store, clock), UnifiedIDManager(clock)
        owner = Principal(ids.new(Kind.TENANT), ids.new(Kind.USER), ids.new(Kind.SESSION))
        given = await asyncio.gather(*[tickets.generate_ticket(owner) for _ in range(200)])
        let_in = await asyncio.gather(*[tickets.validate_ticket(ticket.text) for ticket in given])
        connections = len(client.client_list()) - others
        await store.close()
    assert let_in == [owner] * 200
    assert 1 < connections <= CONNECTIONS


@pytest.mark.asyncio
async def test_of_twenty_who_race_with_a_ticket_and_a_logout_none_wins_after_it(redis_url: str) -> None:
    """Whoever is let in was let in before the session was shut out: asked after that, nobody is."""
    store = await RedisStore.open(redis_url)
    clock = SystemClock()
    tickets, ids = AuthTicketManager(store, clock), UnifiedIDManager(clock)
    for _ in range(50):
        owner = Principal(ids.new(Kind.TENANT), ids.new(Kind.USER), ids.new(Kind.SESSION))
        waiting = [(await tickets.generate_ticket(owner)).text for _ in range(20)]
        ended = EndedSession(owner.tenant_id, owner.user_id, owner.session_id or "")
        racing = [asyncio.create_task(tickets.validate_ticket(ticket)) for ticket in waiting[:10]]
        await tickets.session_ended(ended)
        late = (await tickets.generate_ticket(owner)).text
        after = [tickets.validate_ticket(ticket) for ticket in (*waiting[10:], late)]
        outcomes = await asyncio.gather(*after, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {TicketRefused}
        await asyncio.gather(*racing, return_exceptions=True)
    await store.close()


@pytest.mark.asyncio
async def test_a_redis_that_was_started_anew_and_knows_no_script_redeems_tickets_as_before(redis_url: str) -> None:
    store = await RedisStore.open(redis_url)
    with redis.Redis.from_url(redis_url) as client:
        client.script_flush()
    await store.put("ticket:of-ada", b"a value with spaces\nand lines", timedelta(minutes=1), "ses_ada")
    assert await store.peek("ticket:of-ada") == b"a value with spaces\nand lines"
    assert await store.take("ticket:of-ada") == b"a value with spaces\nand lines"
    assert await store.take("ticket:of-ada") is None
    await store.close()


@pytest.mark.parametrize("ticket", ["", "short", "x" * 43, "x" * 5000, "é" * 43, "\x00" * 43])
def test_a_forged_ticket_is_refused_before_the_socket_opens(backend: Any, ticket: str) -> None:
    status, body = refusal(backend.visitor(), ticket)
    assert status == 403
    assert '"code":"ticket_refused"' in body


def test_an_expired_ticket_is_refused_like_one_that_never_existed(backend: Any, redis_url: str) -> None:
    visitor = backend.visitor()
    ticket = visitor.ticket(ttl_seconds=60)
    with redis.Redis.from_url(redis_url) as client:
        assert 0 < client.pttl(key(ticket)) <= 60_000
        assert client.pexpire(key(ticket), 1)
        while client.exists(key(ticket)):
            pass
    assert refusal(visitor, ticket) == refusal(visitor, "x" * 43)


def test_a_ticket_lives_five_minutes_unless_asked_and_an_hour_at_most(backend: Any) -> None:
    visitor = backend.visitor()
    assert visitor.must("POST", "/api/tickets")["expires_in"] == 300
    assert visitor.must("POST", "/api/tickets", {"ttl_seconds": 3600})["expires_in"] == 3600
    for ttl in (3601, 0, -1):
        assert visitor.request("POST", "/api/tickets", {"ttl_seconds": ttl}).status_code == 422


def test_no_ticket_is_given_without_a_token(backend: Any) -> None:
    visitor = backend.visitor()
    visitor.token = visitor.token[:-2]
    assert visitor.request("POST", "/api/tickets").status_code == 401
    visitor.token = ""
    assert visitor.request("POST", "/api/tickets").status_code == 401


def test_tickets_tokens_and_passwords_are_neither_logged_nor_kept_in_the_clear(backend: Any, redis_url: str) -> None:
    visitor = backend.visitor()
    used, unused = visitor.ticket(), visitor.ticket()
    with visitor.open(used) as tab:
        tab.receive()
    refusal(visitor, used)
    log = backend.log.read_text()
    with redis.Redis.from_url(redis_url) as client:
        assert client.exists(key(unused))
        kept = b" ".join(name + b" " + client.get(name) for name in client.scan_iter("ticket:*"))
    for secret in (used, unused, visitor.token, visitor.password):
        assert secret not in log
        assert secret.encode() not in kept


def with_ticket(visitor: Any, method: str, path: str, ticket: str) -> Any:
    headers = {"Authorization": f"Bearer {visitor.token}", "X-Ticket": ticket}
    return httpx2.request(method, visitor.url + path, headers=headers, timeout=30)


def test_an_owner_can_ask_for_a_ticket_and_revoke_it(backend: Any) -> None:
    visitor = backend.visitor()
    ticket = visitor.ticket(ttl_seconds=120)
    status = with_ticket(visitor, "GET", "/api/tickets/status", ticket)
    assert status.status_code == 200
    assert 0 < status.json()["expires_in"] <= 120
    assert status.json()["permissions"] == ["chat", "usage:read", "usage:write", "users:manage"]
    assert with_ticket(visitor, "DELETE", "/api/tickets", ticket).status_code == 204
    assert refusal(visitor, ticket) == refusal(visitor, "x" * 43)
    assert with_ticket(visitor, "DELETE", "/api/tickets", ticket).status_code == 404


def test_the_ticket_of_another_is_as_unknown_as_one_that_never_existed(backend: Any) -> None:
    ada, eve = backend.visitor(), backend.visitor()
    colleague = ada.colleague("bob@example.test")
    ticket = ada.ticket()
    for stranger in (eve, colleague):
        for method, path in (("GET", "/api/tickets/status"), ("DELETE", "/api/tickets")):
            answers = [with_ticket(stranger, method, path, text) for text in (ticket, "x" * 43, "")]
            assert [answer.status_code for answer in answers] == [404] * 3
            assert len({answer.text for answer in answers}) == 1
    with ada.open(ticket) as tab:
        assert tab.receive()["type"] == "connection_established"


def test_a_ticket_cannot_be_given_more_than_its_owner_may_do(backend: Any) -> None:
    visitor = backend.visitor()
    assert visitor.must("POST", "/api/tickets", {"permissions": ["chat"]})["permissions"] == ["chat"]
    refused = visitor.request("POST", "/api/tickets", {"permissions": ["chat", "operate"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_permitted")
    assert visitor.request("POST", "/api/tickets", {"permissions": ["everything"]}).status_code == 422


def test_a_request_about_no_ticket_is_told_how_to_name_one(backend: Any) -> None:
    visitor = backend.visitor()
    for method, path in (("GET", "/api/tickets/status"), ("DELETE", "/api/tickets")):
        answer = visitor.request(method, path)
        assert (answer.status_code, "X-Ticket" in answer.text) == (422, True)


def test_a_ticket_without_the_permission_to_chat_watches_and_asks_nothing(backend: Any) -> None:
    visitor = backend.visitor()
    with visitor.open(visitor.ticket(permissions=["usage:read"])) as silent, visitor.connected() as asking:
        assert silent.receive()["type"] == "connection_established"
        silent.ask()
        refused = silent.receive()["payload"]
        asking.ask()
        assert silent.receive_run() == asking.receive_run()
    assert (refused["code"], refused["retryable"]) == ("not_permitted", False)
    assert len(visitor.must("GET", "/api/threads")["threads"]) == 1
