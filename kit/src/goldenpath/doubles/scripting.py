"""The other half of doubles that are one half of something: a websocket's client, a session's rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from goldenpath.doubles.behaviours import behaviour_of
from goldenpath.doubles.instance import Double
from goldenpath.doubles.kinds import database_session, websocket
from goldenpath.doubles.kinds.websocket import ScriptedClient

T = TypeVar("T")


def client_of(websocket_double: Any) -> ScriptedClient:
    """The client at the other end of a websocket double.

    From the first time it is asked for, the double enforces the handshake and waits for what the client says.
    """
    return websocket.client_at(_behaviour(websocket_double, websocket.Behaviour))


def answer_with(session_double: Any, rows: Iterable[Sequence[Any]], columns: Sequence[str] = ()) -> None:
    """Let a session double answer every statement with these rows from now on."""
    database_session.answer(_behaviour(session_double, database_session.Behaviour), rows, columns)


def _behaviour(double: Any, wanted: type[T]) -> T:
    found = behaviour_of(double) if isinstance(double, Double) else None
    if not isinstance(found, wanted):
        raise TypeError(f"expected a {wanted.__module__.rpartition('.')[2]} double of the factory, not {double!r}")
    return found
