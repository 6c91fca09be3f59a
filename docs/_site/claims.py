"""What the project holds itself to, and what the recorded benchmarks say about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

TIMES: Final = "\N{MULTIPLICATION SIGN}"
RECORDS: Final = Path(__file__).parents[1] / "evidence" / "bench"


class Claim(NamedTuple):
    """One figure: which benchmark prints it, under which key, and the least (or most) that it may be."""

    what: str
    bench: str
    key: str
    floor: float
    unit: str = TIMES
    least: bool = True

    @property
    def figure(self) -> float | None:
        """What was recorded, if anything was."""
        path = RECORDS / f"{self.bench}.json"
        return json.loads(path.read_text()).get(self.key) if path.exists() else None

    @property
    def kept(self) -> bool | None:
        """Whether what was recorded is on the right side of the floor."""
        if self.figure is None:
            return None
        return self.figure >= self.floor if self.least else self.figure <= self.floor


CLAIMS: Final = (
    Claim("importing, against `import unittest.mock`", "imports", "import_ratio", 0.5, least=False),
    Claim("making a websocket double, against one built by hand", "doubles", "create_vs_handbuilt", 500),
    Claim("the same, against `create_autospec`", "doubles", "create_vs_autospec", 300),
    Claim("awaited, checked, recorded calls, against `AsyncMock`", "doubles", "calls_vs_asyncmock", 8),
    Claim("memory of an untouched double", "doubles", "bytes_untouched", 400, "B", least=False),
    Claim("memory of one with four methods touched", "doubles", "bytes_touched", 1024, "B", least=False),
    Claim("contract checking alone", "realtime", "contract_events_per_s", 500_000, "/s"),
    Claim("contract checking, against ag-ui-validate", "realtime", "contract_vs_ag_ui_validate", 1),
    Claim("events through the simulated manager, metrics and contract on", "realtime", "events_per_s", 150_000, "/s"),
    Claim("ten tasks, each one virtual hour", "simulation", "virtual_hour_ms", 150, "ms", least=False),
    Claim("echoes in process, against Starlette's TestClient", "live", "echo_vs_testclient", 1),
    Claim("echoes in process, against httpx-ws", "live", "echo_vs_httpx_ws", 1),
    Claim("PostgreSQL + Redis, warm start", "services", "warm_start_ms", 400, "ms", least=False),
    Claim("a committed database a test, against pytest-postgresql", "databases", "db_per_test_vs_pytest_postgresql", 5),
    Claim("dirty-table reset, against TRUNCATE of 50 tables", "databases", "reset_vs_truncate", 5),
    Claim("census, against `pytest --collect-only`", "census", "census_vs_collect", 5),
    Claim("runner's overhead on one test, over bare pytest", "runner", "overhead_one_test_s", 0.3, "s", least=False),
    Claim("searching 8 MiB for a tenant's marks, against one shape at a time", "tenancy", "search_vs_naive", 1),
)
"""In the order of the page."""
