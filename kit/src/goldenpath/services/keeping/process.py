"""The process that owns a stack's servers, so that nothing outlives the process that asked for them.

It makes the stack's directory, launches the servers as its children and serves one connection per
user of the stack. A connection is a reference that the kernel gives back even for a process killed with SIGKILL: when
the last one closes, the keeper stops the servers, says the farewells (commands that undo what was made elsewhere),
removes the directory and ends.

Three nets under it: on Linux every server gets a signal when the keeper itself is killed, orphaned descendants come
back to it as their subreaper, and it holds a lock on the directory, whose absence tells the reaper that it died.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time

from .child import Child
from .directory import lock_directory, remove
from .kernel import CHILD_SUBREAPER, set_process_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MARK = "GOLDENPATH_STACK"
"""The environment variable by which the reaper knows the descendants of a stack whose keeper was killed."""
POLL = 0.002


class Keeper:
    """The servers of one stack and the connections of those who use it."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.root: str = order["root"]
        self.directory = os.path.join(self.root, order["id"])
        self.address: str | None = order.get("address")
        self.linger: float | None = 0.0
        self.mark: str = order["id"]
        self.children: dict[str, Child] = {}
        self.farewells: list[dict[str, Any]] = []
        self.users: dict[socket.socket, bytes] = {}
        """The connections, and what was heard on each since its last full line."""
        self.leaving = False
        self.forced = False
        self.idle_since: float | None = None
        self.selector = selectors.DefaultSelector()
        self.listener: socket.socket | None = None

    def open(self, first_user: int) -> None:
        """Make and lock the directory, listen for other users if the stack is shared, and greet the first one."""
        root = lock_directory(self.root)
        os.mkdir(self.directory, 0o711 if os.geteuid() == 0 else 0o700)
        self.lock = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        log = os.open(os.path.join(self.directory, "keeper.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        user = socket.socket(fileno=first_user)
        if self.address:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.address)
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(self.address)
            os.chmod(self.address, 0o600)
            self.listener.listen(128)
            self.selector.register(self.listener, selectors.EVENT_READ, self._welcome)
        os.close(root)
        self._watch_signals()
        self._admit(user)
        set_process_option(CHILD_SUBREAPER, 1)

    def _watch_signals(self) -> None:
        woken, wakes = socket.socketpair()
        woken.setblocking(False)
        wakes.setblocking(False)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        self._wakes = wakes
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "leaving", True))
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        self.selector.register(woken, selectors.EVENT_READ, self._reap)

    def _admit(self, user: socket.socket) -> None:
        self.users[user] = b""
        self.idle_since = None
        self.selector.register(user, selectors.EVENT_READ, self._hear)
        self._say(user, {"directory": self.directory, "pid": os.getpid()})

    def _welcome(self, listener: socket.socket) -> None:
        user, _ = listener.accept()
        self._admit(user)

    def _dismiss(self, user: socket.socket) -> None:
        self.selector.unregister(user)
        del self.users[user]
        user.close()
        if not self.users:
            self.idle_since = time.monotonic()

    def _say(self, user: socket.socket, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            user.sendall(json.dumps(message).encode() + b"\n")

    def _hear(self, user: socket.socket) -> None:
        try:
            chunk = user.recv(1 << 16)
        except OSError:
            chunk = b""
        if not chunk:
            self._dismiss(user)
            return
        *lines, rest = (self.users[user] + chunk).split(b"\n")
        self.users[user] = rest
        for line in lines:
            order = json.loads(line)
            try:
                answer = getattr(self, "do_" + order.pop("do"))(**order)
            except OSError as error:
                answer = {"errno": error.errno or 0, "error": error.strerror or str(error)}
            self._say(user, answer)

    def do_spawn(self, name: str, **order: Any) -> dict[str, Any]:
        """Launch a server; launching a known name again starts it anew and keeps its history."""
        order["env"][MARK] = self.mark
        child = self.children.get(name) or Child(order)
        self._stop(child, order["halt_signal"])
        child.order = order
        child.launch()
        self.children[name] = child
        return child.report()

    def do_respawn(self, name: str) -> dict[str, Any]:
        """Stop a server if it runs and launch it as it was launched."""
        return self.do_spawn(name, **self._known(name).order)

    def do_halt(self, name: str) -> dict[str, Any]:
        """Stop one server and answer when it is gone."""
        child = self._known(name)
        self._stop(child, child.order["halt_signal"])
        return child.report()

    def _known(self, name: str) -> Child:
        if name not in self.children:
            raise OSError(0, f"no program {name!r} was launched in this stack")
        return self.children[name]

    def _write_down(self, name: str, facts: Any) -> None:
        path = os.path.join(self.directory, name)
        with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(facts, file)
        os.replace(path + ".new", path)

    def do_status(self) -> dict[str, Any]:
        self._reap()
        return {
            "children": {name: child.report() for name, child in self.children.items()},
            "users": len(self.users),
            "now": time.monotonic(),
        }

    def do_farewell(self, **farewell: Any) -> dict[str, Any]:
        """Remember a command to run at the end; the directory keeps it too, should the keeper be killed."""
        self.farewells.append(farewell)
        self._write_down("farewells.json", self.farewells)
        return {}

    def do_record(self, record: dict[str, Any]) -> dict[str, Any]:
        """Write down what the stack is, for those who join it and for `goldenpath services status`."""
        self._write_down("stack.json", record)
        return {}

    def do_linger(self, seconds: float | None) -> dict[str, Any]:
        """How long to stay when nobody uses the stack any more; None is until told to stop."""
        self.linger = seconds
        return {}

    def do_stop(self, force: bool = False) -> dict[str, Any]:
        """End the stack; with force, commands get no time to end by themselves. Servers stop at once either way."""
        self.leaving, self.forced = True, force
        return {}

    def run(self) -> None:
        """Serve until the last user has left and the linger time is over."""
        while not self.leaving:
            for key, _ in self.selector.select(self._patience()):
                key.data(key.fileobj)
            if self.idle_since is not None and self.linger is not None:
                self.leaving |= time.monotonic() - self.idle_since >= self.linger
        self.close()

    def _patience(self) -> float | None:
        if self.idle_since is None or self.linger is None:
            return None
        return max(0.0, self.idle_since + self.linger - time.monotonic())

    def _reap(self, woken: socket.socket | None = None) -> None:
        if woken is not None:
            with contextlib.suppress(BlockingIOError):
                woken.recv(4096)
        running = {child.pid: child for child in self.children.values() if child.running()}
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid in running:
                    running[pid].exit = os.waitstatus_to_exitcode(status)

    def _stop(self, child: Child, number: int) -> None:
        if not child.running():
            return
        child.send(number, group=child.order["group"])
        deadline = time.monotonic() + child.order["grace"]
        while child.running() and time.monotonic() < deadline:
            time.sleep(POLL)
            self._reap()
        while child.running():
            child.send(signal.SIGKILL, group=True)
            time.sleep(POLL)
            self._reap()
        if child.order["group"]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)

    def close(self) -> None:
        """Stop everything in reverse order, say the farewells, remove the directory, and only then hang up."""
        if self.listener is not None:
            if self.address:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.address)
            self.listener.close()
        for child in reversed(self.children.values()):
            brutal = self.forced and child.order["group"]
            self._stop(child, signal.SIGKILL if brutal else child.order["stop_signal"])
        self._kill_stragglers()
        if self.farewells:
            from .farewell import part

            for farewell in reversed(self.farewells):
                part(farewell, forced=self.forced)
        remove(self.root, self.directory)

    def _kill_stragglers(self) -> None:
        """Kill descendants that left their group: with the subreaper option they are our children by now."""
        path = f"/proc/self/task/{os.getpid()}/children"
        while os.path.exists(path):
            with open(path) as file:
                stragglers = [int(pid) for pid in file.read().split()]
            if not stragglers:
                return
            for pid in stragglers:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._reap()
            time.sleep(POLL)


def main() -> None:
    """Take the order from the first user's connection, which is file descriptor 0."""
    os.chdir("/")
    first_user = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.closerange(3, first_user)
    os.closerange(first_user + 1, 1024)
    keeper = Keeper(json.loads(sys.argv[1]))
    try:
        keeper.open(first_user)
    except OSError as error:
        refusal = json.dumps({"errno": error.errno or 0, "error": str(error)}).encode()
        os.write(first_user, refusal + b"\n")
        sys.exit(1)
    keeper.run()
