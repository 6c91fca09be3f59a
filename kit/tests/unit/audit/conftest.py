from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from goldenpath.audit import Report, Request, audit

Tree = Callable[[dict[str, str]], Path]
Audit = Callable[..., Report]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes files below a project's root."""
    root = tmp_path / "project"

    def write(files: dict[str, str]) -> Path:
        root.mkdir(exist_ok=True)
        (root / "pyproject.toml").touch()
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return root

    return write


@pytest.fixture
def audited(tmp_path: Path) -> Audit:
    """Audits a root with a cache of its own, on a fixed day."""

    def run(root: Path, **settings: Any) -> Report:
        paths = settings.pop("paths", [root])
        return audit(Request(paths=paths, cache=tmp_path / "facts", today=date(2026, 11, 21), **settings))

    return run
