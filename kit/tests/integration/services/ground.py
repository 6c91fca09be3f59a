"""A place for stacks that nobody else uses, and a look at what is left in it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from goldenpath.environment import get_env

PATIENCE = 60.0


class Ground:
    """A root for stacks that nobody else uses."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.root = place / f"goldenpath-{os.geteuid()}"
        self.environ = {**get_env().all(), "GOLDENPATH_SERVICES_DIR": str(place)}

    def left(self) -> list[str]:
        """The processes, directories and sockets that are still there."""
        files = (os.path.join(folder, name) for folder, _, names in os.walk(self.root) for name in ["", *names])
        return [*self.processes(), *files]

    def processes(self) -> list[str]:
        """The processes that live in the root or were told about it."""
        root = str(self.place)
        return [f"process {pid}: {words}" for pid, words, rest in self._traces() if words and root in words + rest]

    def _traces(self) -> Iterator[tuple[int, str, str]]:
        """Each process: its command line, and everywhere else that the root could be named."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    words, environ = (
                        (entry / name).read_bytes().decode(errors="replace") for name in ("cmdline", "environ")
                    )
                    yield int(entry.name), words.replace("\0", " "), environ + os.readlink(entry / "cwd")

    def settle(self) -> list[str]:
        """What is left once nothing more goes away."""
        wait_until(lambda: not self.left())
        return self.left()


def wait_until(condition: Callable[[], bool]) -> bool:
    """Whether the condition came true in good time; looked at again and again, however loaded the machine is."""
    deadline, bell = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        bell.wait(0.01)
    return True
