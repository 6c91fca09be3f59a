"""What there is to try, as the application itself has it: a route, an event or a key that nobody tried is a gap."""

from __future__ import annotations

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, Final

from starlette.routing import Route

from _isolation.people import UNKNOWN
from _isolation.routes import CELLS
from _isolation.stores import KEYS
from agent_backend.context import Principal
from agent_backend.events import EventType
from agent_backend.storage.announcements import CANCELLATIONS, SESSIONS, channel_of
from agent_backend.web.application import create_app

SOCKET: Final = "/ws"
"""Tried by everything that opens a socket."""
_NOTHING: Final[Any] = None


def routes() -> set[str]:
    """The table of the application; it is read, and serves nothing."""

    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        return

    services: Any = SimpleNamespace(
        running=SimpleNamespace(endpoint=endpoint),
        **dict.fromkeys(("metrics", "tracing", "clock", "ids"), _NOTHING),
    )
    found = set()
    for route in create_app(services).routes:
        methods = (route.methods or set()) - {"HEAD"} if isinstance(route, Route) else {"GET"}
        found |= {f"{method} {getattr(route, 'path', '?')}" for method in methods}
    return found


def channels() -> list[str]:
    """What instances tell each other on."""
    someone = Principal(f"ten_{UNKNOWN}", f"usr_{UNKNOWN}")
    return [channel_of(someone), SESSIONS, CANCELLATIONS]


def gaps(kinds: Collection[str], keys: Collection[str]) -> list[str]:
    """What was not tried; empty only if all there is was."""
    missing = [f"route {route}" for route in sorted(routes() ^ {*CELLS, f"GET {SOCKET}"})]
    missing += [f"event {kind.value}" for kind in EventType if kind.value not in kinds]
    missing += [f"key {kind}" for kind in KEYS if kind not in keys]
    known = KEYS.values()
    return missing + [f"channel {each}" for each in channels() if not any(form.fullmatch(each) for form in known)]
