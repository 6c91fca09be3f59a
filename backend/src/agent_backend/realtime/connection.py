"""The protocol of one socket without its I/O: what comes in moves the state, what comes back is to be done.

connecting → accepted → authenticated → ready → closing → closed. Nothing a client sends is handled before ready, so no
message can overtake the check of who sent it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from agent_backend.context import Principal
from agent_backend.events import ConnectionEvents, Event
from agent_backend.realtime.messages import InvalidMessage, read_message
from agent_backend.workflow import Ask


class State(Enum):
    """How far a socket has come."""

    CONNECTING = "connecting"
    ACCEPTED = "accepted"
    AUTHENTICATED = "authenticated"
    READY = "ready"
    CLOSING = "closing"
    CLOSED = "closed"


MOVES: Final[dict[State, frozenset[State]]] = {
    State.CONNECTING: frozenset({State.ACCEPTED, State.CLOSED}),
    State.ACCEPTED: frozenset({State.AUTHENTICATED, State.CLOSING, State.CLOSED}),
    State.AUTHENTICATED: frozenset({State.READY, State.CLOSING, State.CLOSED}),
    State.READY: frozenset({State.CLOSING, State.CLOSED}),
    State.CLOSING: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}


class IllegalMove(RuntimeError):
    """The shell asked for a step that the protocol does not allow from here: a defect of ours, not of the client."""


@dataclass(frozen=True, slots=True)
class Handle:
    """Pass the client's question on."""

    ask: Ask


@dataclass(frozen=True, slots=True)
class Send:
    """Send a frame to the client."""

    event: Event


class Connection:
    """The state of one socket."""

    def __init__(self, connection_id: str, events: ConnectionEvents) -> None:
        self.id = connection_id
        self.state = State.CONNECTING
        self._events = events

    def accepted(self) -> None:
        """The handshake was answered with yes."""
        self._move(State.ACCEPTED)

    def authenticated(self, principal: Principal) -> Send:
        """The socket is bound to a user, which makes it ready; the first frame tells the client so."""
        self._move(State.AUTHENTICATED)
        self._move(State.READY)
        return Send(self._events.connection_established(self.id, principal.user_id))

    def received(self, frame: str | bytes) -> Handle | Send | None:
        """A frame came in: a question to handle, or an answer to what is none; None once the socket is closing."""
        if self.state in {State.CLOSING, State.CLOSED}:
            return None
        if self.state is not State.READY:
            return Send(self._events.error("not_ready", "Wait for connection_established.", retryable=True))
        try:
            return Handle(read_message(frame))
        except InvalidMessage as invalid:
            return Send(self._events.error("invalid_message", str(invalid), retryable=False))

    def may_send(self) -> bool:
        """Events of runs go out only after connection_established and before the close."""
        return self.state is State.READY

    def close(self) -> bool:
        """Begin to close from our side; False when that has begun before."""
        if self.state in {State.CLOSING, State.CLOSED}:
            return False
        self._move(State.CLOSING)
        return True

    def closed(self) -> None:
        """The socket is gone, whoever closed it."""
        if self.state is not State.CLOSED:
            self._move(State.CLOSED)

    def _move(self, to: State) -> None:
        if to not in MOVES[self.state]:
            allowed = ", ".join(sorted(state.value for state in MOVES[self.state])) or "nothing"
            raise IllegalMove(f"{self.id} is {self.state.value} and cannot become {to.value}, only {allowed}")
        self.state = to
