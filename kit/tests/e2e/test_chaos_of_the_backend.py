"""A hundred runs on three instances that are killed, paused, cut off and set wrong: no client misses anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
CHAOS = Path(__file__).parents[3] / "bench" / "chaos.py"
WRONG = (
    "lost",
    "duplicated",
    "misrouted",
    "out_of_order",
    "altered",
    "unfinished",
    "forgotten",
    "resets",
    "service_tasks_ended",
)


def test_clients_miss_nothing_while_their_instances_are_killed_paused_and_cut_off() -> None:
    command = [sys.executable, str(CHAOS), "--short", "--without-control", "--json"]
    storm = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert storm.stdout, storm.stderr
    figures = json.loads(storm.stdout)
    assert {name: figures[name] for name in WRONG} == dict.fromkeys(WRONG, 0), figures
    assert (figures["runs"] >= 100, figures["kills"] >= 6, figures["held"]) == (True, True, True), figures
    assert storm.returncode == 0, storm.stderr
