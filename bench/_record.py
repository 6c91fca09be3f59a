"""Run benchmarks and keep what they print under docs/evidence/bench: `python bench/_record.py doubles simulation`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

BENCH = Path(__file__).parent
RECORDS = BENCH.parent / "docs" / "evidence" / "bench"


def record(name: str) -> None:
    """Run one benchmark and put its JSON, with the day, in its place."""
    command = [sys.executable, f"bench/{name}.py", "--json"]
    printed = subprocess.run(command, cwd=BENCH.parent, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures = json.loads(printed.strip().splitlines()[-1])
    text = json.dumps({"recorded": f"{datetime.now(UTC):%Y-%m-%d}", **figures}, indent=2)
    RECORDS.mkdir(parents=True, exist_ok=True)
    scratch = RECORDS / f".{name}.json"
    scratch.write_text(f"{text}\n")
    os.replace(scratch, RECORDS / f"{name}.json")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        record(name)
