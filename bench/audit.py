"""The audit on a generated tree of 10,000 files and four million lines, beside ruff and falsegreen in the same run."""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from _measuring import machine
from _tree import plant

RUFF_RULES = "F401,F403,F811,TID252,E402,I001,PLC0415"
ROUNDS = 5
COLD_ROUNDS = 3


class Took(NamedTuple):
    """Seconds on the clock, and of processor time over all processes of a run."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--files", type=int, default=10_000, help="files of the generated tree")
    parser.add_argument("--tree", type=Path, help="measure this tree instead of a generated one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = options.tree or Path(scratch) / "tree"
        lines = None
        if options.tree is None:
            root.mkdir()
            lines = plant(root, options.files)
        figures = {"files": options.files if options.tree is None else None, "lines": lines}
        figures |= measure(root, Path(scratch), generated=options.tree is None)
        figures["machine"] = machine()
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")


def measure(root: Path, scratch: Path, generated: bool) -> dict[str, object]:
    """Cold runs and ruff take turns; then warm runs and ruff, one changed file, a hook of twenty files.

    Beside each wall time stands the processor time of all processes: it says what a run costs when others share the
    machine, and half of it is what two free cores would need.
    """
    environment = {**os.environ, "XDG_CACHE_HOME": str(scratch / "cache")}
    audit = _audit(scratch / "report.json", str(root))
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--no-cache", "--quiet", str(root)]
    ruff += ["--select", RUFF_RULES]

    def audited() -> Took:
        return _timed(audit, environment)

    def cold() -> Took:
        shutil.rmtree(scratch / "cache", ignore_errors=True)
        return audited()

    cold_turns = [(_timed(ruff, environment), cold()) for _ in range(COLD_ROUNDS)]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    warm_turns = [(_timed(ruff, environment), audited()) for _ in range(ROUNDS)]
    cold_runs = [run for _, run in cold_turns]
    warm_runs = [run for _, run in warm_turns]
    ruff_runs = [run for run, _ in (*cold_turns, *warm_turns)]
    figures: dict[str, object] = {
        "cold_s": median(run.wall for run in cold_runs),
        "cold_cpu_s": median(run.cpu for run in cold_runs),
        "warm_s": median(run.wall for run in warm_runs),
        "warm_cpu_s": median(run.cpu for run in warm_runs),
        "ruff_s": median(run.wall for run in ruff_runs),
        "ruff_cpu_s": median(run.cpu for run in ruff_runs),
        "peak_mb": peak,
        "cold_vs_ruff": median(run.wall / ruff.wall for ruff, run in cold_turns),
        "cold_vs_ruff_cpu": median(run.cpu / ruff.cpu for ruff, run in cold_turns),
        "warm_vs_ruff": median(run.wall / ruff.wall for ruff, run in warm_turns),
        "warm_vs_ruff_cpu": median(run.cpu / ruff.cpu for ruff, run in warm_turns),
        "findings": len(json.loads((scratch / "report.json").read_text())["findings"]),
    }
    if generated:
        files = sorted(str(path) for path in root.glob("tests/unit/**/*.py"))
        figures["one_changed_s"] = median(_after_change(Path(files[0]), audited) for _ in range(ROUNDS))
        hook = _audit(scratch / "hook.json", *files[:20])
        figures["hook_20_files_s"] = median(_timed(hook, environment).wall for _ in range(ROUNDS))
    figures.update(_beside_falsegreen(root, environment, scratch))
    return figures


def _after_change(path: Path, audited: Callable[[], Took]) -> float:
    with path.open("a") as file:
        file.write("\n# one more line\n")
    return audited().wall


def _beside_falsegreen(root: Path, environment: dict[str, str], scratch: Path) -> dict[str, object]:
    """falsegreen takes minutes on the whole tree, so both judge 100 files, without any cache."""
    tool = Path(sys.executable).parent / "falsegreen"
    if not tool.exists():
        return {"vs_falsegreen": None}
    sample = scratch / "sample"
    for path in sorted(root.glob("tests/**/test_*.py"))[:100]:
        target = sample / "tests" / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (sample / "pyproject.toml").touch()
    ours = [*_audit(scratch / "few.json", str(sample)), "--no-cache"]
    theirs = [str(tool), str(sample)]
    pairs = [(_timed(theirs, environment, {0, 1, 10, 20, 30}).wall, _timed(ours, environment).wall) for _ in range(3)]
    falsegreen_s, audit_s = (median(column) for column in zip(*pairs, strict=True))
    return {
        "falsegreen_100_files_s": falsegreen_s,
        "audit_100_files_s": audit_s,
        "vs_falsegreen": falsegreen_s / audit_s,
    }


def _audit(report: Path, *paths: str) -> list[str]:
    return [sys.executable, "-m", "goldenpath", "audit", *paths, "--format", "json", "--output", str(report)]


def _timed(command: list[str], environment: dict[str, str], fine: Collection[int] = (0, 1)) -> Took:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = perf_counter()
    answer = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    wall = perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if answer.returncode not in fine or b"Traceback" in answer.stderr:
        raise RuntimeError(f"{command[:4]} ended with {answer.returncode}: {answer.stderr.decode()[-400:]}")
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    main()
