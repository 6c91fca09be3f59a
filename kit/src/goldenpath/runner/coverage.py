"""Bringing together what the processes of a run measured."""

from __future__ import annotations

import io
from pathlib import Path

from goldenpath.runner.settings import UsageError

MISSING = "--coverage needs coverage: pip install 'goldenpath[coverage]'"


def require_coverage() -> None:
    """Refuse early what could not be measured."""
    try:
        import coverage  # noqa: F401
    except ImportError:
        raise UsageError(MISSING) from None


def total_coverage(folder: Path, root: Path) -> float | None:
    """The percentage over all processes, left as `.coverage` in the project; None when nothing was measured."""
    import coverage

    parts = [str(path) for path in folder.glob("coverage.*")]
    if not parts:
        return None
    measured = coverage.Coverage(data_file=str(root / ".coverage"))
    measured.combine(parts, strict=True)
    measured.save()
    try:
        return measured.report(file=io.StringIO())
    except coverage.exceptions.NoDataError:
        return None
