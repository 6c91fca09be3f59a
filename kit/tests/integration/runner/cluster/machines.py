"""A real Dask scheduler with real worker processes, each of which can be killed like a machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

COMMAND = [sys.executable, "-m", "goldenpath", "run"]


class Process:
    """A process that says on standard error when it is ready."""

    def __init__(self, command: list[str], ready: str, environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=dict(environ), process_group=0
        )
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if ready in line:
                self.answer = line.split()[-1]
                break
        else:
            raise RuntimeError(f"{command[1:4]} ended before it was ready:\n{''.join(said)[-2000:]}")
        self._drain = Thread(target=self._process.stderr.read, daemon=True)
        self._drain.start()

    def kill(self) -> None:
        """As when the power goes: no goodbye, and nothing of it is left."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._drain.join()
        assert self._process.stderr is not None
        self._process.stderr.close()


class Machines:
    """A scheduler and what has joined it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._scheduler = Process(
            [
                sys.executable,
                "-m",
                "distributed.cli.dask_scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--no-dashboard",
            ],
            "Scheduler at:",
            environ,
        )
        self.url = self._scheduler.answer
        self.members: dict[str, Process] = {}

    def join(self, name: str, *options: str) -> None:
        """One more machine."""
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.url, "--name", name, "--nthreads", "1"]
        self.members[name] = Process(
            [*command, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", *options], "Registered to:", self._environ
        )

    def close(self) -> None:
        for process in (*self.members.values(), self._scheduler):
            process.kill()


@contextmanager
def machines(scratch: Path, names: tuple[str, ...] = (), **variables: str) -> Iterator[Machines]:
    """A cluster that is gone when the block ends."""
    environ = {**os.environ, "TMPDIR": str(scratch), "DASK_TEMPORARY_DIRECTORY": str(scratch / "dask"), **variables}
    cluster = Machines(environ)
    try:
        for name in names:
            cluster.join(name)
        yield cluster
    finally:
        cluster.close()


class Running:
    """A run, with its events as they happen."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.document = root / "record.json"
        environ = {**os.environ, "GOLDENPATH_CACHE_DIR": str(root / "cache")}
        self._errors = (root / "errors").open("w+")
        self._process = subprocess.Popen(
            [*COMMAND, "--progress", "json", "--json", str(self.document), *arguments],
            cwd=root,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def events(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)

    def finish(self) -> tuple[int, str, dict[str, Any]]:
        """Exit code, errors, and the record."""
        for _ in self.events():
            pass
        code = self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        with self._errors as errors:
            errors.seek(0)
            said = errors.read()
        return code, said, json.loads(self.document.read_text()) if self.document.exists() else {}
