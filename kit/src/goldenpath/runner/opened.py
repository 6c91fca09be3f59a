"""The first moment of a run: its name, its folder, and the process that collects, started before anything else is done.

Importing what judges takes as long as importing pytest does; so both happen at the same time.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Final, Self

from goldenpath.runner.local.host import Host, Opening
from goldenpath.runner.request import Request

_SHARE_THE_TERMINAL: Final = frozenset({"--pdb", "--trace", "-s", "--capture=no"})


@dataclass(frozen=True)
class Opened:
    """A run that has begun; as a context manager it leaves no process and no folder behind."""

    run_id: str
    started: float
    folder: Path
    """For files of this run alone."""
    opening: Opening
    host: Host

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.host.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def open_run(request: Request, *, now: float | None = None, run_id: str = "") -> Opened:
    """Begin a run."""
    started = time() if now is None else now
    name = run_id or f"{datetime.fromtimestamp(started, UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    folder = Path(tempfile.mkdtemp(prefix="goldenpath-run-"))
    opening = _opening(request, name, folder)
    return Opened(name, started, folder, opening, Host(opening))


def _opening(request: Request, run_id: str, folder: Path) -> Opening:
    arguments = list(request.paths)
    arguments += ["-k", request.keyword] if request.keyword else []
    arguments += ["-m", request.markers] if request.markers else []
    return Opening(
        request.root,
        (*arguments, *request.pytest_arguments),
        folder,
        run_id,
        request.variables,
        request.retries,
        str(folder / "coverage") if request.coverage else "",
        not _SHARE_THE_TERMINAL.isdisjoint(request.pytest_arguments),
    )
