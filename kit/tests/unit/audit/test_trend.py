"""The trend keeps one day per full audit, forgets what it cannot trust, and is drawn from the second day on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from goldenpath.audit import Report
from goldenpath.audit.faces.page import as_html
from goldenpath.audit.trend import Day, load_trend, save_trend, with_report

Tree = Callable[[dict[str, str]], Path]
Audit = Callable[..., Report]
MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)
EMPTY = {"tests/test_a.py": "def test_a():\n    pass\n"}


def test_only_the_last_full_audit_of_a_day_counts(tree: Tree, audited: Audit) -> None:
    bad = audited(tree(EMPTY))
    root = tree({"tests/test_a.py": "def test_a():\n    assert run()\n"})
    good = audited(root)
    monday = with_report([], bad, MONDAY)
    assert monday == [Day("2026-11-02", bad.score.value, 1, 0, 0)]
    assert with_report(monday, good, MONDAY) == [Day("2026-11-02", 100.0, 0, 0, 0)]
    partial = audited(root, rules=("GP5",))
    assert with_report(monday, partial, TUESDAY) == monday


def test_the_days_survive_being_written_and_read(tmp_path: Path) -> None:
    days = [Day("2026-11-02", 91.5, 1, 2, 3), Day("2026-11-03", 100.0, 0, 0, 0)]
    save_trend(tmp_path / "deep/trend", days)
    assert load_trend(tmp_path / "deep/trend") == days
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["trend"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": "other"}', '{"format": "goldenpath-audit-trend", "version": 2, "days": []}',
     '{"format": "goldenpath-audit-trend", "version": 1, "days": [["2026-11-02", "x"]]}'],
)  # fmt: skip
def test_a_file_that_is_no_trend_holds_no_days(tmp_path: Path, text: str) -> None:
    (tmp_path / "trend").write_text(text)
    assert load_trend(tmp_path / "trend") == []
    assert load_trend(tmp_path / "nowhere") == []


def test_the_page_draws_the_trend_from_the_second_day_on(tree: Tree, audited: Audit) -> None:
    report = audited(tree(EMPTY))
    monday = Day("2026-11-02", 80.0, 3, 2, 0)
    days = with_report([monday], report, TUESDAY)
    page = as_html(report, days)
    assert f"2026-11-02: 80.0 → 2026-11-03: {report.score.value:.1f}" in page
    assert "-2 errors, -2 warnings" in page
    assert page.count("<polyline") == 1
    assert "<polyline" not in as_html(report, [monday])
