"""The ten suites: every test that a scenario names, through `goldenpath run` on two workers, in under ten minutes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from time import perf_counter

from _proof import ROOT, options, tell

LISTS = "*/tests/integration/components/scenarios_*.toml"
WITHIN = 600.0
WORKERS = 2


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--workers", type=int, default=WORKERS, help="of the runner")
    chosen = parser.parse_args()
    scenarios = [row for path in sorted(ROOT.glob(LISTS)) for row in tomllib.loads(path.read_text())["scenario"]]
    if chosen.short:
        scenarios = [row for row in scenarios if row["component"] == scenarios[0]["component"]]
    tests = sorted({test for row in scenarios for test in row["tests"]})
    code, seconds, record = run(tests, chosen.workers)
    outcomes = Counter(result["outcome"] for result in record["results"])
    figures = {
        "scenarios": len(scenarios),
        "tests_named": len(tests),
        "results": len(record["results"]),
        "outcomes": dict(outcomes),
        "assertions": sum(result["assertions"] or 0 for result in record["results"]),
        "workers": chosen.workers,
        "seconds": round(seconds, 1),
        "exit_code": code,
    }
    return tell("suites", chosen, figures, code == 0 and set(outcomes) == {"passed"} and seconds < WITHIN)


def run(tests: list[str], workers: int) -> tuple[int, float, dict[str, list[dict[str, object]]]]:
    """The runner's exit code, its seconds from start to end, and its record; what it says goes to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "run.json"
        how = ["-n", str(workers), "--progress", "plain", "--forbid-skips", "--json", str(report)]
        began = perf_counter()
        ended = subprocess.run(
            [sys.executable, "-m", "goldenpath", "run", *how, *tests], cwd=ROOT, stdout=sys.stderr, check=False
        )
        seconds = perf_counter() - began
        return ended.returncode, seconds, json.loads(report.read_text())


if __name__ == "__main__":
    raise SystemExit(main())
