"""This repository passes its own audit, and owes nothing to a baseline."""

from __future__ import annotations

from pathlib import Path

from goldenpath.audit import Request, audit

ROOT = Path(__file__).parents[3]


def test_this_repository_has_nothing_to_answer_for(tmp_path: Path) -> None:
    report = audit(Request(paths=[ROOT], cache=tmp_path / "facts"))
    assert [f"{finding.path}:{finding.line}: {finding.rule} {finding.message}" for finding in report.findings] == []
    assert (report.score.value, report.known, report.complete) == (100.0, [], True)
