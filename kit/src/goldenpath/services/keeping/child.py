"""A server, as a child of the keeper."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time

from .kernel import PARENT_DEATH_SIGNAL, set_process_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEFAULT_SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE)


class Child:
    """A server: how it was launched, when, and how it ended."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.pid = 0
        self.exit: int | None = None
        self.starts: list[float] = []
        self.log_start = 0
        """Where in the log file this launch began to write."""

    def running(self) -> bool:
        """Whether it was launched and has not ended."""
        return bool(self.pid) and self.exit is None

    def launch(self) -> None:
        """Start the process; raises OSError with the reason when it cannot be executed."""
        with contextlib.suppress(FileNotFoundError):
            self.log_start = os.path.getsize(self.order["log"])
        read_end, write_end = os.pipe()
        keeper = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self._become_the_server(keeper)
            except BaseException as error:
                code = error.errno if isinstance(error, OSError) and error.errno else 0
                os.write(write_end, json.dumps([code, getattr(error, "strerror", None) or str(error)]).encode())
            finally:
                os._exit(127)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as report:
            failure = report.read()
        if failure:
            os.waitpid(pid, 0)
            code, message = json.loads(failure)
            raise OSError(code, message)
        self.pid, self.exit = pid, None
        self.starts.append(time.monotonic())

    def _become_the_server(self, keeper: int) -> None:
        order = self.order
        os.setsid()
        for number in DEFAULT_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if order.get("uid") is not None:
            os.setgroups([])
            os.setgid(order["gid"])
            os.setuid(order["uid"])
        if order.get("umask") is not None:
            os.umask(order["umask"])
        set_process_option(PARENT_DEATH_SIGNAL, order["stop_signal"])
        if os.getppid() != keeper:
            os._exit(127)
        os.chdir(order["cwd"])
        os.execve(order["argv"][0], order["argv"], order["env"])

    def send(self, number: int, *, group: bool) -> None:
        if self.running():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if group:
                    os.killpg(self.pid, number)
                else:
                    os.kill(self.pid, number)

    def report(self) -> dict[str, Any]:
        return {"pid": self.pid, "exit": self.exit, "starts": self.starts, "log_start": self.log_start}
