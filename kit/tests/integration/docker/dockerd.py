"""A dockerd on a socket and in folders of its own: one for all workers of a run, or another for a test.

Run as a program it is the one for the run: it says where it listens, and ends when it is told to.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from goldenpath.environment import get_env
from goldenpath.services import Announces, Service, ServiceError, ServiceStack
from goldenpath.services.docker.engine import connect

PATIENCE = 60.0
NEEDED = {"dockerd": "docker.io", "busybox": "busybox-static"}
"""The programs, and the Debian packages that bring them."""


def obstacle() -> str | None:
    """Why no engine can be started here."""
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        return f"apt-get install {' '.join(missing)}"
    return "only root can start one" if os.geteuid() else None


@contextmanager
def engine_of_the_run() -> Iterator[str]:
    """Its URL. Two engines undo each other's rules for networks, so the workers of a run share one."""
    run = get_env().get("PYTEST_XDIST_TESTRUNUID")
    service = Service(
        "dockerd",
        command=[sys.executable, __file__],
        env=get_env().all(),
        ready=Announces("url"),
        start_timeout=PATIENCE,
        stop_timeout=PATIENCE,
    )
    with ServiceStack(service, shared=f"dockerd-{run}" if run else False) as stack:
        yield stack["dockerd"].url


class Daemon:
    """The engine."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gp-docker-", dir="/tmp"))
        self.url = f"unix://{self._folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        folders = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
        options = [f"--{name}={self._folder / place}" for name, place in folders.items()]
        ends_with_us = ["setpriv", "--pdeathsig", "TERM"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*ends_with_us, "dockerd", "--host", self.url, *options], stdout=log, stderr=log, start_new_session=True
            )
        bell, waited, answer = threading.Event(), 0.0, ""
        while waited < PATIENCE and self._process.poll() is None:
            try:
                connect({**get_env().all(), "DOCKER_HOST": self.url})
                return
            except ServiceError as error:
                answer = str(error)
            bell.wait(0.05)
            waited += 0.05
        raise RuntimeError(f"dockerd did not start: {answer}\n{(self._folder / 'log').read_text()[-3000:]}")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """For a while it takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop it, its containers and its containerd."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def main() -> None:
    """Until SIGTERM."""
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with Daemon() as daemon:
        sys.stdout.write(json.dumps({"url": daemon.url}) + "\n")
        sys.stdout.flush()
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
