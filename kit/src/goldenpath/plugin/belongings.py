"""What a process holds at one moment: threads, open descriptors and child processes, cheaply enough for every test."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Final, NamedTuple

_DESCRIPTORS: Final = next(filter(os.path.isdir, ("/proc/self/fd", "/dev/fd")), None)
_TASKS: Final = Path("/proc/self/task")
_TELLS_CHILDREN: Final = hasattr(os, "waitid") and _TASKS.is_dir()
_LASTING_THREADS: Final = ("asyncio_", "goldenpath-", "pydevd")
"""Threads that an event loop's own pool, the service stack or a debugger keeps for as long as it lasts itself."""
_LASTING_ADDRESS: Final = f"{os.sep}goldenpath-"
"""Sockets of the service stack; the databases report by themselves the connections that a test leaves open."""
_LASTING_CHILDREN: Final = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


class Belongings(NamedTuple):
    """By identity: two of these can be compared, and what is more in one of them described."""

    threads: frozenset[threading.Thread]
    descriptors: frozenset[str]
    children: frozenset[int]
    gauge: tuple[int, int] | None = None
    """How many descriptors there were, and which was the next: what has not moved need not be listed again."""

    def plus(self, other: Belongings) -> Belongings:
        """What either of them holds."""
        return Belongings(
            self.threads | other.threads, self.descriptors | other.descriptors, self.children | other.children
        )

    def beyond(self, other: Belongings) -> Belongings:
        """What this holds and the other does not."""
        return Belongings(
            self.threads - other.threads, self.descriptors - other.descriptors, self.children - other.children
        )

    def described(self) -> list[str]:
        """What is still there, in words."""
        found = [_thread(thread) for thread in self.threads if thread.is_alive()]
        found += [_descriptor(name) for name in sorted(self.descriptors, key=int)]
        found += [_child(pid) for pid in sorted(self.children)]
        return [each for each in found if each]


def belongings(before: Belongings | None = None) -> Belongings:
    """What this process holds now; quicker where what it held `before` is known."""
    threads, gauge, children = frozenset(threading.enumerate()), _gauge(), _children()
    if before is not None and gauge is not None and gauge == before.gauge:
        return Belongings(threads, before.descriptors, children, gauge)
    return Belongings(threads, _descriptors(), children, gauge)


def _gauge() -> tuple[int, int] | None:
    """The number of open descriptors and the lowest free one, where the kernel tells the first for nothing."""
    if _DESCRIPTORS is None:
        return None
    number = os.stat(_DESCRIPTORS).st_size
    return (number, _lowest_free()) if number else None


def _lowest_free() -> int:
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    return descriptor


def _descriptors() -> frozenset[str]:
    if _DESCRIPTORS is None:
        return frozenset()
    passing = _lowest_free()  # which the listing takes for itself
    return frozenset(os.listdir(_DESCRIPTORS)) - {str(passing)}


def _children() -> frozenset[int]:
    """The child processes; where there are none, which is nearly always, one system call tells."""
    if not _TELLS_CHILDREN:
        return frozenset()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return frozenset()
    pids: set[int] = set()
    for task in _TASKS.iterdir():
        try:
            pids.update(map(int, (task / "children").read_text().split()))
        except OSError:  # a thread that ended meanwhile, or a kernel that does not say
            continue
    return frozenset(pids)


def _thread(thread: threading.Thread) -> str:
    if thread.name.startswith(_LASTING_THREADS):
        return ""
    return f"{'daemon ' if thread.daemon else ''}thread {thread.name!r}"


def _descriptor(name: str) -> str:
    try:
        target = os.readlink(f"{_DESCRIPTORS}/{name}")
    except OSError:
        return "" if _DESCRIPTORS == "/proc/self/fd" else f"descriptor {name}"
    if target.startswith("socket:"):
        return _socket(int(name))
    if target.startswith("pipe:"):
        return f"pipe (descriptor {name})"
    if target == "anon_inode:[eventpoll]":
        return f"selector of an event loop (descriptor {name})"
    return f"file {target} (descriptor {name})"


def _socket(number: int) -> str:
    try:
        with socket.socket(fileno=os.dup(number)) as twin:
            family = twin.family.name.removeprefix("AF_").lower()
            here = _address(twin.getsockname())
            try:
                there = f" to {_address(twin.getpeername())}"
            except OSError:
                there = ""
    except OSError:
        return f"socket (descriptor {number})"
    if _LASTING_ADDRESS in here + there:
        return ""
    return f"{family} socket {here}{there} (descriptor {number})"


def _address(address: object) -> str:
    if isinstance(address, tuple):
        return f"{address[0]}:{address[1]}"
    return str(address or "unnamed")


def _child(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
    if any(lasting in command for lasting in _LASTING_CHILDREN):
        return ""
    return f"child process {pid} ({command or 'ended, and not waited for'})"
