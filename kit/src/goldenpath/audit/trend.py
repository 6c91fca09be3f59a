"""How a project's score went, day by day: kept beside the facts of its files, on the machine that looked."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from goldenpath.audit.auditing import Report
from goldenpath.audit.cache import cache_path
from goldenpath.audit.finding import Severity

_FORMAT: Final = "goldenpath-audit-trend"
_VERSION: Final = 1
_KEPT: Final = 400
"""Days; more would not fit into a picture."""


class Day(NamedTuple):
    """The last full audit of one day."""

    day: str
    score: float
    errors: int
    warnings: int
    infos: int


def trend_path(root: Path) -> Path:
    """Where the days of a project are kept."""
    return cache_path(root).with_suffix(".trend")


def load_trend(path: Path) -> list[Day]:
    """The days in a file; a torn, old or foreign file holds none, for the trend is no evidence of anything."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if (document["format"], document["version"]) != (_FORMAT, _VERSION):
            return []
        return [Day(str(day), float(score), int(e), int(w), int(i)) for day, score, e, w, i in document["days"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def with_report(days: Sequence[Day], report: Report, today: date) -> list[Day]:
    """The days with this one: only the last full audit of a day counts, and a partial one does not."""
    if not report.complete:
        return list(days)
    counted = Counter(finding.severity for finding in report.findings)
    severities = (counted[severity] for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO))
    latest = Day(today.isoformat(), report.score.value, *severities)
    return [*(day for day in days if day.day != latest.day), latest][-_KEPT:]


def save_trend(path: Path, days: Sequence[Day]) -> None:
    """Write the days in one piece."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"format": _FORMAT, "version": _VERSION, "days": days}, file)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
