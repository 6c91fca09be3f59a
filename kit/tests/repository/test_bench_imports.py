from __future__ import annotations

import runpy
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench"


def test_the_import_benchmark_reports_its_ratio_and_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    figures = runpy.run_path(str(BENCH / "imports.py"))["measure"](rounds=1)
    assert set(figures) == {"import_ratio", "import_goldenpath_ms", "import_unittest_mock_ms"}
    assert figures["import_ratio"] == figures["import_goldenpath_ms"] / figures["import_unittest_mock_ms"]
