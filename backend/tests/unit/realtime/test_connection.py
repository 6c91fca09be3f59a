from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from agent_backend.context import Kind, Principal, UnifiedIDManager
from agent_backend.events import ConnectionEvents
from agent_backend.realtime import Connection, IllegalMove, State
from agent_backend.realtime.connection import MOVES, Handle, Send
from agent_backend.workflow import Ask

ASK = json.dumps({"type": "ask", "thread_id": None, "text": " What? ", "client_message_id": "m"})


@pytest.fixture
def ada(ids: UnifiedIDManager) -> Principal:
    return Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))


@pytest.fixture
def connection(clock: Any) -> Connection:
    return Connection("con_1", ConnectionEvents(clock.now))


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
    assert connection.received(ASK) == Handle(Ask(None, "What?", "m"))


@pytest.mark.parametrize("state", [State.CONNECTING, State.ACCEPTED, State.AUTHENTICATED])
def test_a_message_before_ready_is_answered_and_not_handled(connection: Connection, state: State) -> None:
    connection.state = state
    answer = connection.received(ASK)
    assert isinstance(answer, Send)
    assert (answer.event.type, answer.event.payload["code"]) == ("error", "not_ready")
    assert answer.event.payload["retryable"] is True
    assert connection.state is state
    assert not connection.may_send()


@pytest.mark.parametrize("state", [State.CLOSING, State.CLOSED])
def test_a_message_after_the_close_is_dropped(connection: Connection, state: State) -> None:
    connection.state = state
    assert connection.received(ASK) is None
    assert not connection.may_send()


@pytest.mark.parametrize("frame", ["", "{}", "null", ASK[:-1], ASK.replace("ask", "tell"), b"\x00", ASK.encode()])
def test_a_frame_that_is_no_message_is_answered_with_a_typed_error(
    connection: Connection, ada: Principal, frame: str | bytes
) -> None:
    connection.accepted()
    connection.authenticated(ada)
    answer = connection.received(frame)
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
