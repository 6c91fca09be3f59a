from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PRICES = """
["our-large"]
input = 20
output = 120
batch_discount = 0.5
"""


def test_savings_are_computed_by_the_price_table_of_the_settings(
    start_backend: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(PRICES)
    visitor = start_backend(AGENTS_PRICE_FILE=str(file)).visitor()
    call = {"team": "night", "model": "our-large", "prompt_tokens": 2000, "completion_tokens": 500, "latency_ms": 900}
    records = [
        call | {"occurred_at": f"2026-03-02T02:{minute:02}:00Z", "cost": "0.10", "prompt_fingerprint": f"f{minute}"}
        for minute in range(50)
    ]
    visitor.must("POST", "/api/usage", {"records": records})
    with visitor.connected() as tab:
        tab.ask("How can we save?")
        told = tab.receive_run()[-1]["payload"]["result"]
    # Fifty calls in one hour are bulk: half of 50 x 0.10.
    assert told["chart"]["bars"] == [{"label": "Send bulk work in batches", "value": "2.50"}]


def test_a_price_file_that_cannot_be_used_stops_the_start_in_one_line(
    migrated_database: Callable[[], str], working_env: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    env = working_env(migrated_database())
    broken = tmp_path / "prices.toml"
    broken.write_text("[big]\ninput = 1")
    for path, problem in (
        (tmp_path / "none.toml", "cannot be read (No such file"),
        (broken, "gives 'big' no 'output'"),
    ):
        told = subprocess.run(
            [sys.executable, "-m", "agent_backend", "serve", "--port", "0"],
            env=env | {"AGENT_BACKEND_AGENTS_PRICE_FILE": str(path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (told.returncode, told.stdout) == (2, "")
        assert problem in told.stderr
        assert "AGENT_BACKEND_AGENTS_PRICE_FILE" in told.stderr
        assert told.stderr.count("\n") == 1
