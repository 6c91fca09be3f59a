from __future__ import annotations

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
BENCH = Path(__file__).parents[4] / "bench"


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_a_server_does_nothing_hangs_and_every_error_is_told(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    bench = runpy.run_path(str(BENCH / "live_faults.py"))
    figures = bench["measure"](count=200, seed=seed)
    assert figures["wrong"] == figures["unraised"] == figures["leaked"] == []
    assert sum(figures["faults"].values()) == 200
    assert set(figures["faults"]) == {fault.name for fault in bench["FAULTS"]}
