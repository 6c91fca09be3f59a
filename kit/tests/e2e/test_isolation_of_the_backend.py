"""The proof of isolation in its smallest form; `bench/isolation.py` without options looks at a million deliveries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
PROOF = Path(__file__).parents[3] / "bench" / "isolation.py"


def test_nobody_is_given_what_is_anothers_over_any_route_message_event_key_or_table() -> None:
    proof = subprocess.run(
        [sys.executable, str(PROOF), "--smallest", "--json"], capture_output=True, text=True, timeout=300, check=False
    )
    assert proof.stdout, proof.stderr
    figures = json.loads(proof.stdout)
    assert (figures["findings"], figures["not_covered"], figures["foreign_canaries"]) == ([], [], 0)
    assert figures["deliveries"] > 1_000
    assert proof.returncode == 0
