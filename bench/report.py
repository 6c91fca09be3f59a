"""The HTML report of a run of 20,000 tests: how long it takes to write, how large it is, how long a browser takes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from _measuring import ROUNDS, publish, seconds
from _run_record import pasts_of, run_record

from goldenpath.reporting import render_page
from goldenpath.runner.faces.page import run_page

sys.path.insert(0, str(Path(__file__).parents[1] / "kit" / "tests" / "integration" / "reporting"))
from browser import chromium

CLAIM = "report_opens_s: from the address to the second frame after loading, 20,000 tests, headless Chromium"
TESTS = 20_000


def measure() -> Mapping[str, object]:
    """Write it, then open it again and again."""
    record = run_record(TESTS)
    pasts = pasts_of(record)
    pages: list[str] = []
    writing = median(seconds(lambda: pages.append(render_page(run_page(record, pasts)))) for _ in range(ROUNDS))
    with tempfile.TemporaryDirectory() as scratch, chromium() as tab:
        path = Path(scratch) / "report.html"
        path.write_text(pages[0], encoding="utf-8")
        opening = median(tab.open(path, 1280, 900) for _ in range(ROUNDS))
    return {
        "tests": TESTS,
        "failures": sum(result.outcome.bad for result in record.results),
        "report_written_s": writing,
        "report_mb": len(pages[0].encode()) / 1e6,
        "report_opens_s": opening,
    }


if __name__ == "__main__":
    publish(CLAIM, measure)
