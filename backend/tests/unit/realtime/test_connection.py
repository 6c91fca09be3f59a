from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from agent_backend.context import Kind, Principal, UnifiedIDManager
from agent_backend.events import ConnectionEvents
from agent_backend.realtime import Connection, Disconnect, IllegalMove, SocketLimits, State
from agent_backend.realtime.connection import MOVES, Close, Handle, Send
from agent_backend.realtime.messages import AskMessage

ASK = json.dumps({"type": "ask", "thread_id": None, "text": " What? ", "client_message_id": "m"})


@pytest.fixture
def ada(ids: UnifiedIDManager) -> Principal:
    return Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))


@pytest.fixture
def connection(clock: Any) -> Connection:
    return Connection("con_1", ConnectionEvents(clock.now), 0.0, SocketLimits())


def test_a_socket_goes_from_connecting_to_closed_and_greets_on_the_way(connection: Connection, ada: Principal) -> None:
    states = [connection.state]
    connection.accepted()
    states.append(connection.state)
    greeting = connection.authenticated(ada)
    states.append(connection.state)
    assert connection.close()
    states.append(connection.state)
    connection.closed()
    states.append(connection.state)
    assert states == [State.CONNECTING, State.ACCEPTED, State.READY, State.CLOSING, State.CLOSED]
    assert greeting.event.type == "connection_established"
    assert greeting.event.payload == {"connection_id": "con_1", "user_id": ada.user_id}


def test_a_question_is_handled_once_the_socket_is_ready(connection: Connection, ada: Principal) -> None:
    connection.accepted()
    connection.authenticated(ada)
    question = AskMessage(type="ask", thread_id=None, text="What?", client_message_id="m")
    assert connection.received(ASK, 0.0) == Handle(question)


@pytest.mark.parametrize("state", [State.CONNECTING, State.ACCEPTED, State.AUTHENTICATED])
def test_a_message_before_ready_is_answered_and_not_handled(connection: Connection, state: State) -> None:
    connection.state = state
    answer = connection.received(ASK, 0.0)
    assert isinstance(answer, Send)
    assert (answer.event.type, answer.event.payload["code"]) == ("error", "not_ready")
    assert answer.event.payload["retryable"] is True
    assert connection.state is state
    assert not connection.may_send()


@pytest.mark.parametrize("state", [State.CLOSING, State.CLOSED])
def test_a_message_after_the_close_is_dropped(connection: Connection, state: State) -> None:
    connection.state = state
    assert connection.received(ASK, 0.0) is None
    assert not connection.may_send()


@pytest.mark.parametrize("frame", ["", "{}", "null", ASK[:-1], ASK.replace("ask", "tell"), b"\x00", ASK.encode()])
def test_a_frame_that_is_no_message_is_answered_with_a_typed_error(
    connection: Connection, ada: Principal, frame: str | bytes
) -> None:
    connection.accepted()
    connection.authenticated(ada)
    answer = connection.received(frame, 0.0)
    assert isinstance(answer, Send)
    assert (answer.event.type, answer.event.payload["code"]) == ("error", "invalid_message")
    assert connection.state is State.READY


STEPS: dict[str, tuple[Callable[[Connection, Principal], object], State, set[State]]] = {
    "accept": (lambda connection, _: connection.accepted(), State.ACCEPTED, {State.CONNECTING}),
    "authenticate": (lambda connection, ada: connection.authenticated(ada), State.READY, {State.ACCEPTED}),
    "close": (
        lambda connection, _: connection.close(),
        State.CLOSING,
        {State.ACCEPTED, State.AUTHENTICATED, State.READY},
    ),
    "closed": (lambda connection, _: connection.closed(), State.CLOSED, set(State) - {State.CLOSED}),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_from_where_it_is_allowed_and_from_nowhere_else(
    connection: Connection, ada: Principal, state: State, step: str
) -> None:
    take, after, allowed = STEPS[step]
    connection.state = state
    if state in allowed:
        take(connection, ada)
        assert connection.state is after
    elif step in {"close", "closed"} and state in {State.CLOSING, State.CLOSED}:
        assert not take(connection, ada)
        assert connection.state is state
    else:
        with pytest.raises(IllegalMove, match=f"con_1 is {state.value} and cannot become"):
            take(connection, ada)
        assert connection.state is state


def test_every_state_but_the_last_leads_to_closed() -> None:
    assert all(State.CLOSED in moves for state, moves in MOVES.items() if state is not State.CLOSED)
    assert set(MOVES) == set(State)
    assert MOVES[State.CLOSED] == frozenset()


def heard(connection: Connection, frame: str, times: int, now: float = 0.0) -> list[object]:
    return [connection.received(frame, now) for _ in range(times)]


def test_messages_that_come_too_fast_are_refused_by_name_and_a_flood_ends_the_socket(
    connection: Connection, ada: Principal
) -> None:
    connection.accepted()
    connection.authenticated(ada)
    limits = SocketLimits()
    answers = heard(connection, ASK, limits.burst + limits.refusals + 1)
    assert all(isinstance(answer, Handle) for answer in answers[: limits.burst])
    refused = answers[limits.burst : -1]
    assert {answer.event.payload["code"] for answer in refused if isinstance(answer, Send)} == {"rate_limited"}
    assert answers[-1] == Close(Disconnect.FLOOD)


def test_an_allowance_that_was_used_up_fills_again_with_time(connection: Connection, ada: Principal) -> None:
    connection.accepted()
    connection.authenticated(ada)
    limits = SocketLimits()
    heard(connection, ASK, limits.burst + 1)
    answers = heard(connection, ASK, 3, now=2 / limits.messages_per_second)
    assert [type(answer) for answer in answers] == [Handle, Handle, Send]


def test_garbage_is_answered_for_a_while_and_then_ends_the_socket(connection: Connection, ada: Principal) -> None:
    connection.accepted()
    connection.authenticated(ada)
    limits = SocketLimits()
    answers = [connection.received("garbage", float(second)) for second in range(limits.garbage + 1)]
    assert {type(answer) for answer in answers[:-1]} == {Send}
    assert answers[-1] == Close(Disconnect.GARBAGE)


def test_a_good_message_between_makes_garbage_forgivable(connection: Connection, ada: Principal) -> None:
    connection.accepted()
    connection.authenticated(ada)
    for second in range(3 * SocketLimits().garbage):
        answer = connection.received(ASK if second % 3 == 0 else "garbage", float(second))
        assert not isinstance(answer, Close)


MESSAGES = [
    {"type": "resume", "run": "run_1", "epoch": 1, "after": 0},
    {"type": "follow"},
    {"type": "cancel", "run": "run_1"},
    {"type": "heartbeat"},
]
SPOILT = [
    {"type": "resume", "run": "run_1", "epoch": 1, "after": -1},
    {"type": "resume", "run": "run_1", "epoch": 1, "after": 2**40},
    {"type": "resume", "run": "run_1", "epoch": "1", "after": 0},
    {"type": "resume", "run": "run_1"},
    {"type": "cancel"},
    {"type": "cancel", "run": "x" * 65},
    {"type": "follow", "user_id": "usr_1"},
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["type"])
def test_every_message_of_the_protocol_is_handled(
    connection: Connection, ada: Principal, message: dict[str, object]
) -> None:
    connection.accepted()
    connection.authenticated(ada)
    answer = connection.received(json.dumps(message), 0.0)
    assert isinstance(answer, Handle)
    assert answer.message.model_dump() == message


@pytest.mark.parametrize("message", SPOILT, ids=json.dumps)
def test_a_message_with_a_spoilt_field_is_refused(
    connection: Connection, ada: Principal, message: dict[str, object]
) -> None:
    connection.accepted()
    connection.authenticated(ada)
    answer = connection.received(json.dumps(message), 0.0)
    assert isinstance(answer, Send)
    assert answer.event.payload["code"] == "invalid_message"
