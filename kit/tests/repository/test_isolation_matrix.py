"""The isolation proof knows all there is to try, and its mistakes can still be built in."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "backend" / "src" / "agent_backend"
MUTANTS = tomllib.loads((ROOT / "bench" / "isolation_mutants.toml").read_text("utf-8"))["mutant"]
ROUTES = """
import json, sys
sys.path.insert(0, sys.argv[1])
from _isolation.coverage import SOCKET, channels, routes
from _isolation.routes import CELLS
from _isolation.stores import KEYS
strange = [each for each in channels() if not any(form.fullmatch(each) for form in KEYS.values())]
print(json.dumps({"untried": sorted(routes() ^ {*CELLS, f"GET {SOCKET}"}), "strange": strange}))
"""


def test_every_route_and_channel_of_the_application_is_in_the_matrix() -> None:
    command = [sys.executable, "-c", ROUTES, str(ROOT / "bench")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"untried": [], "strange": []}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["name"])
def test_a_mistake_of_the_table_can_be_built_in(mutant: dict[str, Any]) -> None:
    for change in mutant["change"]:
        assert (SOURCE / change["file"]).read_text("utf-8").count(change["old"]) == 1, change["file"]
        assert change["old"] != change["new"]


def test_there_are_ten_mistakes() -> None:
    assert len({mutant["name"] for mutant in MUTANTS}) == 10
