"""What a simulation refuses: everything whose outcome the seed does not decide, each by its name.

Two fences. The loop's own I/O methods raise at the call. Blocking calls below asyncio (a socket, a sleep, a process, a
thread, a file opened for writing) are seen through the interpreter's audit events, so that it does not matter how the
code came by the function. Reading files stays allowed, because imports and tracebacks do it and it leaves no mark.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from functools import cache
from threading import get_ident
from typing import Any, Final, NamedTuple, NoReturn

_PEER = "talk to a simulated peer through `Channel`, or run this as an integration test"
_PLAIN = "await a coroutine that does the same, or double it"
_SLEEP = "use `await asyncio.sleep(...)`, which costs no time here"
_NO_SIGNALS = "call the handler from the test at the moment you choose"

LOOP_METHODS: Final[dict[str, str]] = {
    "create_connection": _PEER,
    "create_server": _PEER,
    "create_datagram_endpoint": _PEER,
    "create_unix_connection": _PEER,
    "create_unix_server": _PEER,
    "connect_accepted_socket": _PEER,
    "start_tls": _PEER,
    "sendfile": _PEER,
    "getaddrinfo": _PEER,
    "getnameinfo": _PEER,
    "sock_recv": _PEER,
    "sock_recv_into": _PEER,
    "sock_recvfrom": _PEER,
    "sock_recvfrom_into": _PEER,
    "sock_sendall": _PEER,
    "sock_sendto": _PEER,
    "sock_connect": _PEER,
    "sock_accept": _PEER,
    "sock_sendfile": _PEER,
    "add_reader": _PEER,
    "remove_reader": _PEER,
    "add_writer": _PEER,
    "remove_writer": _PEER,
    "connect_read_pipe": _PEER,
    "connect_write_pipe": _PEER,
    "subprocess_shell": _PLAIN,
    "subprocess_exec": _PLAIN,
    "run_in_executor": _PLAIN,
    "add_signal_handler": _NO_SIGNALS,
    "remove_signal_handler": _NO_SIGNALS,
}
"""The loop's methods that reach outside, and what to do instead; `asyncio.to_thread` arrives as run_in_executor."""


class RealIO(NamedTuple):
    """A kind of blocking call below asyncio: the audit events that give it away, and what to do instead."""

    events: tuple[str, ...]
    instead: str
    only_if: Callable[[tuple[Any, ...]], bool] = lambda _: True


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return bool(flags & (os.O_WRONLY | os.O_RDWR)) or (isinstance(mode, str) and not set(mode).isdisjoint("wax+"))


REAL_IO: Final[dict[str, RealIO]] = {
    "sockets": RealIO(
        (
            "socket.__new__",
            "socket.connect",
            "socket.bind",
            "socket.sendto",
            "socket.getaddrinfo",
            "socket.gethostbyname",
        ),
        _PEER,
    ),
    "processes": RealIO(("subprocess.Popen", "os.system", "os.posix_spawn", "os.fork", "os.exec"), _PLAIN),
    "threads": RealIO(("_thread.start_new_thread", "_thread.start_joinable_thread"), _PLAIN),
    "sleep": RealIO(("time.sleep",), _SLEEP),
    "files": RealIO(("open",), "keep it in memory: a file written under one seed is there under the next", _writes),
    "databases": RealIO(
        ("sqlite3.connect",), "use ':memory:', or run this as an integration test", lambda a: a[0] != ":memory:"
    ),
}
"""What is refused, by the name to give in `allow` where a test wants it all the same."""


class RealIORefusedError(RuntimeError):
    """The simulated code did something real, whose outcome no seed decides."""


def refused_method(name: str, instead: str) -> Callable[..., NoReturn]:
    """A loop method that refuses itself."""

    def method(self: object, *args: object, **options: object) -> NoReturn:
        raise noted(_refusal(f"loop.{name}()", instead), get_ident())

    method.__name__ = name
    return method


def _refusal(what: str, instead: str) -> RealIORefusedError:
    return RealIORefusedError(f"{what} is real I/O and refused in a simulation: {instead}")


class Fence:
    """Refuses the blocking calls of `REAL_IO` in this thread for the length of a `with` block.

    What it refused is kept, so that code which swallows the error does not pass for simulated.
    """

    def __init__(self, allow: Collection[str] = ()) -> None:
        if unknown := set(allow) - set(REAL_IO):
            raise ValueError(
                f"allow names kinds of real I/O, and there is no {min(unknown)!r}; there are: {', '.join(REAL_IO)}"
            )
        self._refused = {event: (kind, io) for kind, io in REAL_IO.items() if kind not in allow for event in io.events}
        self.breaches: list[RealIORefusedError] = []

    def __enter__(self) -> Fence:
        _stand_guard()
        _fences[get_ident()] = self
        return self

    def __exit__(self, *exc_info: object) -> None:
        del _fences[get_ident()]

    def meet(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Let an audited call pass or refuse it."""
        kind, io = self._refused.get(event, _PASSES)
        if io is not None and io.only_if(arguments):
            about = f" of {arguments[0]!r}" if arguments and isinstance(arguments[0], (str, bytes)) else ""
            raise noted(_refusal(f"{event}{about}", f"{io.instead} (or allow={kind!r})"), get_ident())


def noted(refusal: RealIORefusedError, thread: int | None) -> RealIORefusedError:
    """The refusal, kept with the breaches of the simulation that runs in this thread, if one does."""
    if thread in _fences:
        _fences[thread].breaches.append(refusal)
    return refusal


_PASSES: Final = ("", None)
_fences: Final[dict[int | None, Fence]] = {}


@cache
def _stand_guard() -> None:
    """Listen to the interpreter's audit events from now on: a hook cannot be taken back, so there is only one."""
    sys.addaudithook(_overhear)


def _overhear(event: str, arguments: tuple[Any, ...]) -> None:
    if _fences and event in _EVENTS and (fence := _fences.get(get_ident())) is not None:
        fence.meet(event, arguments)


_EVENTS: Final = frozenset(event for io in REAL_IO.values() for event in io.events)
