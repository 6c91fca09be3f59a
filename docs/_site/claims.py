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


def _at_most(what: str, bench: str, key: str, most: float, unit: str = TIMES) -> Claim:
    return Claim(what, bench, key, most, unit, least=False)


CLAIMS: Final = (
    _at_most("importing, against `import unittest.mock`", "imports", "import_ratio", 0.5),
    Claim("making a websocket double, against one built by hand", "doubles", "create_vs_handbuilt", 500),
    Claim("making one, against `create_autospec`", "doubles", "create_vs_autospec", 300),
    Claim("awaited, checked, recorded calls, against `AsyncMock`", "doubles", "calls_vs_asyncmock", 8),
    _at_most("memory of an untouched double", "doubles", "bytes_untouched", 400, "B"),
    _at_most("memory of one with four methods touched", "doubles", "bytes_touched", 1024, "B"),
    Claim("contract checking alone", "realtime", "contract_events_per_s", 500_000, "/s"),
    Claim("contract checking, against ag-ui-validate", "realtime", "contract_vs_ag_ui_validate", 1),
    Claim("events through the simulated manager, metrics and contract on", "realtime", "events_per_s", 150_000, "/s"),
    _at_most("ten tasks, each one virtual hour", "simulation", "virtual_hour_ms", 150, "ms"),
    Claim("echoes in process, against Starlette's TestClient", "live", "echo_vs_testclient", 1),
    Claim("echoes in process, against httpx-ws", "live", "echo_vs_httpx_ws", 1),
    _at_most("PostgreSQL + Redis, warm start", "services", "warm_start_ms", 400, "ms"),
    Claim("a committed database a test, against pytest-postgresql", "databases", "db_per_test_vs_pytest_postgresql", 5),
    Claim("dirty-table reset, against TRUNCATE of 50 tables", "databases", "reset_vs_truncate", 5),
    Claim("census, against `pytest --collect-only`", "census", "census_vs_collect", 5),
    _at_most("runner's overhead on one test, over bare pytest", "runner", "overhead_one_test_s", 0.3, "s"),
    _at_most("5,000 trivial tests on two workers, against pytest alone", "runner", "parallel_5000_vs_serial", 0.9),
    Claim("5,000 trivial tests on two workers, against pytest-xdist", "runner", "vs_xdist_5000", 1.3),
    _at_most("200 sleeps, heavy tail, four workers, against the ideal", "runner", "heavy_tail_4_vs_ideal", 1.2),
    Claim("heavy tail, four workers, against pytest-xdist's best way", "runner", "heavy_tail_4_vs_best_xdist", 1.3),
    _at_most("the same on eight workers, against the ideal", "runner", "heavy_tail_8_vs_ideal", 1.25),
    Claim("heavy tail, eight workers, against pytest-xdist's best way", "runner", "heavy_tail_8_vs_best_xdist", 1.7),
    _at_most("two cluster workers, against two local ones", "runner", "cluster_overhead_ratio", 1.4),
    _at_most("audit of 10,000 files, cold", "audit", "cold_s", 60, "s"),
    _at_most("the same, warm", "audit", "warm_s", 3, "s"),
    _at_most("the same, one file changed", "audit", "one_changed_s", 3, "s"),
    _at_most("twenty files in a pre-commit hook", "audit", "hook_20_files_s", 0.8, "s"),
    _at_most("memory of the audit", "audit", "peak_mb", 600, "MB"),
    _at_most("cold audit, against ruff", "audit", "cold_vs_ruff", 12),
    _at_most("warm audit, against ruff", "audit", "warm_vs_ruff", 0.8),
    Claim("audit of 100 files, against falsegreen", "audit", "vs_falsegreen", 20),
    _at_most("memory of an idle socket, against an echo", "backend", "kib_per_connection_vs_starlette_echo", 1.8),
    _at_most("processor time of a connect, against the same", "backend", "cpu_per_connect_vs_echo", 2.5),
    Claim("events per second of processor time, against python-socketio", "backend", "events_per_cpu_s_vs_socketio", 2),
    _at_most("question to first event, a hundred users, p99", "backend", "first_event_p99_ms_100_users", 250, "ms"),
    _at_most("a run of five checkpointed steps, against DBOS", "backend", "five_step_run_vs_dbos", 0.8),
    _at_most("an event at the socket on another instance, p99", "backend", "cross_instance_event_p99_ms", 100, "ms"),
    _at_most("sessions under row level security, against an owner's", "backend_storage", "rls_cost_ratio", 1.4),
    Claim("searching 8 MiB for a tenant's marks, against one shape at a time", "tenancy", "search_vs_naive", 1),
)
"""In the order of the page."""
