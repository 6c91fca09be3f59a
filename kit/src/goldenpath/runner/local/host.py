"""The process that holds the suite, seen from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from goldenpath.runner.local.collected import Collected
from goldenpath.runner.wire import Message, Wire

_GRACE: Final = 10.0
"""Seconds a process has to end after it was told to."""


class HostFailed(Exception):
    """The process ended before it had collected anything."""

    def __init__(self, status: int, text: str, collecting: str) -> None:
        super().__init__(text or f"the process that collects ended with {told(status)}")
        self.status = status
        self.collecting = collecting
        """The file it was importing."""


@dataclass(frozen=True)
class Opening:
    """All that a process needs to become a host."""

    root: Path
    arguments: tuple[str, ...]
    folder: Path
    """For files of this run alone: stacks, error output."""
    run_id: str
    environment: Mapping[str, str] = field(default_factory=dict)
    retries: int = 0
    coverage: str = ""
    interactive: bool = False
    """It shares the terminal: a debugger may talk to the user."""


class Host:
    """A running host: collect, then give it orders through its wire."""

    def __init__(self, opening: Opening, *, worker: str = "", workers: int = 1) -> None:
        self.wire, theirs = Wire.pair()
        self._errors = opening.folder / f"stderr-{worker or 'host'}-{theirs.fileno()}"
        with theirs, self._errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *_flags(), "-m", "goldenpath.runner.host", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stderr=None if opening.interactive else errors,
                process_group=None if opening.interactive else 0,
            )
        settings = (str(opening.folder), opening.run_id, opening.retries, worker, workers, opening.coverage)
        self.wire.send(
            "open", str(opening.root), opening.arguments, dict(opening.environment), list(sys.path), settings
        )
        self._ending: tuple[int, str] | None = None
        """Exit status of pytest, and what plugins wrote at the end."""

    def collected(self) -> Collected:
        """Wait until it has collected; `HostFailed` when it ends instead."""
        collecting = ""
        while (message := self.wire.receive()) is not None:
            if message[0] == "collected":
                return Collected.of(message)
            if message[0] == "collecting":
                collecting = message[1]
            self.note(message)
        code = self._wait()
        status, text = self._ending or (code, "")
        raise HostFailed(status or code, "\n".join(filter(None, (self.errors(), text))).strip(), collecting)

    def finish(self) -> tuple[int, str]:
        """Have it end its session; pytest's exit status, and what plugins wrote at the end."""
        self.wire.send("finish")
        while (message := self.wire.receive()) is not None:
            self.note(message)
        code = self._wait()
        return self._ending or (code or 1, f"the process that holds the suite ended with {told(code)} while finishing")

    def note(self, message: Message) -> None:
        """Take note of how pytest ended, if that is what the message says."""
        if message[0] == "ended":
            self._ending = message[1], message[2]

    def errors(self) -> str:
        """The end of what it wrote to standard error."""
        try:
            return self._errors.read_bytes()[-16384:].decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def kill(self) -> None:
        """End it now."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.wire.close()

    def _wait(self) -> int:
        try:
            return self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL
        finally:
            self.wire.close()


def told(status: int) -> str:
    """An exit status in words."""
    if status < 0:
        try:
            return f"signal {-status} ({signal.Signals(-status).name})"
        except ValueError:
            return f"signal {-status}"
    return f"exit code {status}"


def _flags() -> list[str]:
    """The interpreter's own options that children must share, and no folder added to the path."""
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    return [*flags, *([] if "-P" in flags or os.environ.get("PYTHONSAFEPATH") else ["-P"])]
