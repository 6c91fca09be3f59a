"""The second process: reads jobs as lines on its standard input, answers with facts on its standard output.

A plain subprocess rather than `multiprocessing`, which would import the caller's main module again, guarded or not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO

from goldenpath.audit.allocator import freed_memory_kept
from goldenpath.audit.cache import Encoded
from goldenpath.audit.reading import Answer, Job, read_files


class WorkerDied(RuntimeError):
    """The second process ended without answering."""


class Worker:
    """The caller's end of the second process."""

    def __init__(self, root: str) -> None:
        home = str(Path(__file__).parents[2])
        inherited = os.environ.get("PYTHONPATH")
        environment = {**os.environ, "PYTHONPATH": home + (os.pathsep + inherited if inherited else "")}
        command = [sys.executable, "-P", "-m", "goldenpath.audit.worker", root]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        if kind is not None:
            self._process.kill()
        self._process.wait()

    def answer(self, jobs: list[Job]) -> list[Answer]:
        """The answers to some jobs."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(jobs).encode() + b"\n")
            self._process.stdin.flush()
            heading = self._process.stdout.readline()
        except BrokenPipeError:
            heading = b""
        if not heading:
            names = ", ".join(path for path, _ in jobs[:3])
            raise WorkerDied(f"the second process ended with {self._process.wait()} while it read {names} …")
        return [
            (path, content, None if lengths is None else self._facts(lengths))
            for path, content, lengths in json.loads(heading)
        ]

    def _facts(self, lengths: list[int]) -> Encoded:
        assert self._process.stdout is not None
        return Encoded(self._process.stdout.read(sum(lengths)), tuple(lengths))


def serve(root: str, questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until there are no more questions."""
    for line in questions:
        found = list(read_files(root, [(path, known) for path, known in json.loads(line)]))
        heading = [(path, content, None if encoded is None else encoded.lengths) for path, content, encoded in found]
        answers.write(json.dumps(heading).encode() + b"\n")
        answers.writelines(encoded.facts for _, _, encoded in found if encoded is not None)
        answers.flush()


if __name__ == "__main__":
    with freed_memory_kept():
        serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
