"""The reference backend on real services, probed as the command does it: every check that is asked for holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from goldenpath.cli.demo.stage import backend
from goldenpath.probe import builtin_text
from goldenpath.services import ServiceStack

pytestmark = pytest.mark.e2e
PATIENT = {
    "connect_seconds = 10.0": "connect_seconds = 120.0",
    "answer_seconds = 30.0": "answer_seconds = 120.0",
    "budget = 300.0": "budget = 600.0",
    "duration = 5.0": "duration = 2.0",
}
"""The built-in scenario, for a machine that has much else to do."""
NOT_ASKED = {"PB301", "PB302", "PB303"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ServiceStack("postgres", "redis", replace(backend(0), start_timeout=120)) as stack:
        yield stack["backend"].url


def test_the_reference_backend_holds_every_check_of_the_built_in_scenario(url: str, tmp_path: Path) -> None:
    text = builtin_text("agent-backend")
    for hurried, patient in PATIENT.items():
        assert text.count(hurried) == 1
        text = text.replace(hurried, patient)
    scenario = tmp_path / "patient.toml"
    scenario.write_text(text)
    command = [sys.executable, "-m", "goldenpath", "probe", url, "--scenario", str(scenario), "--json", "-"]
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    assert probe.returncode == 0, probe.stdout + probe.stderr
    report = json.loads(probe.stdout)
    states = {check["id"]: check["state"] for check in report["checks"]}
    assert {id for id, state in states.items() if state == "not asked"} == NOT_ASKED
    assert {state for id, state in states.items() if id not in NOT_ASKED} == {"held"}
    counted = {check["id"]: check["tried"] for check in report["checks"]}
    assert (counted["PB102"], counted["PB103"], counted["PB202"]) == (8, 4, report["traffic"]["questions"])
    assert (counted["PB403"], counted["PB502"], counted["PB601"]) == (4, 2, 6)
    assert report["latency"]["agent_completed"]["count"] == report["traffic"]["runs_ended"]
