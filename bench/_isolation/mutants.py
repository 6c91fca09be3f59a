"""The mistakes that the proof must find, each built into a copy of the backend."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "backend" / "src"
TABLE = ROOT / "bench" / "isolation_mutants.toml"
PATIENCE = 300
AT_ONCE = 2


def judge_mutants(command: Sequence[str]) -> dict[str, object]:
    """Run the proof over each mutant; the unmutated copy has to be clean."""
    mutants = tomllib.loads(TABLE.read_text())["mutant"]
    with ThreadPoolExecutor(AT_ONCE) as trials:
        unchanged = trials.submit(_findings, command, [])
        found = {mutant["name"]: trials.submit(_findings, command, mutant["change"]) for mutant in mutants}
    caught = {name: trial.result() for name, trial in found.items() if trial.result()}
    return {
        "mutants": len(mutants),
        "mutants_caught": len(caught),
        "caught": caught,
        "survived": [name for name in found if name not in caught],
        "without_a_mutant": unchanged.result(),
    }


def _findings(command: Sequence[str], changes: Sequence[dict[str, Any]]) -> list[str]:
    """What the proof finds in a copy with these changes."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        for change in changes:
            path = copy / "agent_backend" / change["file"]
            text = path.read_text()
            if text.count(change["old"]) != 1:
                raise ValueError(f"{change['file']} has {change['old']!r} {text.count(change['old'])} times, not once")
            path.write_text(text.replace(change["old"], change["new"]))
        proof = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    if not proof.stdout:
        return [f"the proof could not go on: {proof.stderr.strip().splitlines()[-1]}"]
    figures = json.loads(proof.stdout)
    return [*figures["findings"], *(f"not covered: {each}" for each in figures["not_covered"])]
