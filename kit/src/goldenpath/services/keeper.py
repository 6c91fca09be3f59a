"""This process's connection to the keeper of a stack."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import weakref
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from goldenpath.services import keeping, places
from goldenpath.services.errors import DeadError, ServiceError, UnavailableError

ANSWER_TIMEOUT: Final = 30.0
STOP_TIMEOUT: Final = 120.0
_open_connections: weakref.WeakSet[Keeper] = weakref.WeakSet()
_leaving: set[int] = set()
"""Keepers told to stop whose exit this process, their parent, has yet to collect."""


class Keeper:
    """The keeper of one stack, as seen by one of the processes that use it; each connection is a share in the stack."""

    def __init__(self, connection: socket.socket, *, child: int | None = None) -> None:
        self._connection = connection
        self._connection.settimeout(ANSWER_TIMEOUT)
        self._child = child
        self._lock = threading.RLock()
        self._received = b""
        self._forked = False
        _open_connections.add(self)

    @property
    def directory(self) -> Path:
        """The stack's directory."""
        return Path(self._greeting["directory"])

    @property
    def pid(self) -> int:
        """The keeper's process."""
        pid: int = self._greeting["pid"]
        return pid

    @cached_property
    def _greeting(self) -> dict[str, Any]:
        """What it says first, waited for only when it is needed: until then the keeper starts beside other work."""
        with self._lock:
            try:
                return self._read()
            except OSError as error:
                raise UnavailableError(
                    f"cannot make a directory for services: {error.strerror}; make room, or set "
                    f"{places.DIRECTORY_VARIABLE} to another directory"
                ) from None

    @classmethod
    def start(cls, root: Path, identity: str, environ: Mapping[str, str], *, address: Path | None = None) -> Keeper:
        """Start a keeper under this root; with an address it serves other processes as well."""
        _collect()
        order = {"root": str(root), "id": identity, "address": address and str(address)}
        ours, theirs = socket.socketpair()
        with theirs:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", "-c", _BOOT, json.dumps(order)],
                environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)],
            )
        return cls(ours, child=pid)

    @classmethod
    def join(cls, address: Path) -> Keeper | None:
        """Become one more user of the stack at this address; None when nobody keeps it any more."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(address))
            keeper = cls(connection)
            keeper.status()
        except (FileNotFoundError, ConnectionRefusedError, DeadError):
            connection.close()
            return None
        return keeper

    def spawn(self, name: str, **order: Any) -> dict[str, Any]:
        """Launch a server; raises OSError when it cannot be executed."""
        return self.ask("spawn", name=name, **order)

    def halt(self, name: str) -> None:
        """Stop one server and wait until it is gone."""
        self.ask("halt", name=name)

    def status(self) -> dict[str, Any]:
        """What became of each server, and how many processes use the stack."""
        return self.ask("status")

    def farewell(self, argv: list[str], env: Mapping[str, str], stdin: str = "") -> None:
        """Have a command run when the stack ends, however it ends: what was made elsewhere is undone by it."""
        self.ask("farewell", argv=argv, env=dict(env), stdin=stdin)

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        """Ask the keeper to do something and wait for its answer."""
        if self._forked:
            raise ServiceError(
                f"process {os.getpid()} is a fork of the one that uses this stack: it can connect to the services, but "
                "only its parent can ask how they are, restart or stop them"
            )
        with self._lock:
            self._greeting  # noqa: B018  it comes before any answer
            self._send(do, order)
            return self._read()

    def record(self, record: Mapping[str, Any]) -> None:
        """Write down what the stack is, now that it is ready."""
        self.ask("record", record=dict(record))

    def linger(self, seconds: float | None) -> None:
        """How long the keeper stays after the last user has left; None is until it is told to stop."""
        self.ask("linger", seconds=seconds)

    def leave(self) -> None:
        """Give up this process's share, and return at once: the keeper clears up on its own time."""
        _open_connections.discard(self)
        self._connection.close()
        if self._child is not None:
            _leaving.add(self._child)
            self._child = None

    def stop(self, *, force: bool = False) -> None:
        """Stop the stack for everyone, and return when nothing of it is left; a keeper that is gone has stopped."""
        with self._lock, contextlib.suppress(DeadError):
            self._send("stop", {"force": force})
            self._connection.settimeout(STOP_TIMEOUT)
            while self._receive():
                pass
        if self._child is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._child, 0)
            self._child = None
        self.leave()

    def _send(self, do: str, order: dict[str, Any]) -> None:
        try:
            self._connection.sendall(json.dumps({"do": do, **order}).encode() + b"\n")
        except OSError as error:
            raise DeadError(f"the keeper of this stack is gone ({error.strerror}); its servers died with it") from None

    def _read(self) -> dict[str, Any]:
        while b"\n" not in self._received:
            if not self._receive():
                raise DeadError("the keeper of this stack is gone; its servers died with it")
        line, self._received = self._received.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise OSError(answer["errno"], answer["error"])
        return answer

    def _receive(self) -> bool:
        try:
            chunk = self._connection.recv(1 << 16)
        except TimeoutError:
            raise ServiceError("the keeper of this stack did not answer in time") from None
        except OSError:
            chunk = b""
        self._received += chunk
        return bool(chunk)


_BOOT: Final = (
    f"import sys; sys.path.append({str(Path(keeping.__file__).parents[1])!r}); from keeping.process import main; main()"
)
"""Imported rather than run by path, so that its compiled form is used."""


def _collect() -> None:
    """Collect the keepers that ended, so that none stays a zombie."""
    for pid in list(_leaving):
        try:
            gone, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            gone = pid
        if gone:
            _leaving.discard(pid)


def _forget_in_child() -> None:
    """A forked child uses the stack by its parent's leave: it must not keep it alive beyond the parent's death."""
    for keeper in list(_open_connections):
        keeper._connection.close()
        keeper._forked = True
    _leaving.clear()


os.register_at_fork(after_in_child=_forget_in_child)
