"""The library face of the runner."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from goldenpath.runner.coverage import require_coverage
from goldenpath.runner.history import history_path, open_history
from goldenpath.runner.opened import open_run
from goldenpath.runner.record import RunRecord
from goldenpath.runner.request import Request
from goldenpath.runner.run import Run
from goldenpath.runner.seams import Face
from goldenpath.runner.settings import Settings, load_settings, project_root


class UnifiedTestRunner:
    """Runs the tests of a project: what `goldenpath run` does, from Python.

    `UnifiedTestRunner("shop").run(categories=("unit",), workers=2)` returns the record of the run; its
    `verdict.code` is the exit code of the command.
    """

    def __init__(self, root: Path | str = ".", *, faces: Sequence[Face] = ()) -> None:
        self.root = Path(root).resolve()
        self.settings: Settings = load_settings(project_root(self.root))
        self.history = open_history(history_path(self.settings.root, os.environ))
        self._faces = list(faces)

    def run(self, request: Request | None = None, /, *, arguments: Sequence[str] = (), **wishes: Any) -> RunRecord:
        """Make a run; the wishes are the fields of `Request`. A wish that cannot be met raises `UsageError`."""
        wanted = replace(request or Request(root=self.root), **wishes)
        if wanted.coverage:
            require_coverage()
        with open_run(wanted) as opened:
            return Run(wanted, self.settings, self.history, self._faces, arguments=tuple(arguments)).go(opened)
