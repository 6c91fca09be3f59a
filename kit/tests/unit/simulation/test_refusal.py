from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goldenpath.simulation import RealIORefusedError, Simulation
from goldenpath.simulation.refusal import REAL_IO

REAL: dict[str, tuple[str, Callable[[], object]]] = {
    "socket": ("sockets", lambda: socket.socket()),
    "connection": ("sockets", lambda: socket.create_connection(("localhost", 1))),
    "name": ("sockets", lambda: socket.getaddrinfo("localhost", 80)),
    "process": ("processes", lambda: subprocess.run([sys.executable, "-V"], check=False)),
    "shell": ("processes", lambda: os.system("true")),
    "fork": ("processes", os.fork),
    "thread": ("threads", lambda: threading.Thread(target=int).start()),
    "sleep": ("sleep", lambda: time.sleep(0)),
    "written file": ("files", lambda: open("written", "w")),  # noqa: SIM115
    "appended file": ("files", lambda: Path("written").open("a")),  # noqa: SIM115
    "low-level file": ("files", lambda: os.open("written", os.O_WRONLY | os.O_CREAT)),
    "database": ("databases", lambda: sqlite3.connect("written")),
}


@pytest.mark.parametrize("what", REAL)
def test_blocking_real_io_is_refused_by_its_name(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kind, act = REAL[what]

    async def main() -> None:
        act()

    with pytest.raises(RealIORefusedError, match=rf"is real I/O and refused in a simulation: .* \(or allow='{kind}'\)"):
        Simulation().run(main)
    assert list(tmp_path.iterdir()) == []


def test_every_kind_of_real_io_has_its_test() -> None:
    assert {kind for kind, _ in REAL.values()} == set(REAL_IO)


def test_what_is_refused_may_be_allowed_by_name(tmp_path: Path) -> None:
    async def main() -> None:
        (tmp_path / "written").write_text("by permission")
        time.sleep(0)  # noqa: ASYNC251

    Simulation(allow=["files", "sleep"]).run(main)
    assert (tmp_path / "written").read_text() == "by permission"


def test_an_unknown_kind_cannot_be_allowed() -> None:
    with pytest.raises(ValueError, match="there is no 'netwrok'; there are: sockets, processes"):
        Simulation(allow=["netwrok"])


@pytest.mark.parametrize(
    ("reach_out", "named"),
    [
        (lambda loop: socket.create_connection(("localhost", 1)), "socket"),
        (lambda loop: loop.create_connection(asyncio.Protocol, "localhost", 1), r"loop\.create_connection\(\)"),
        (lambda loop: loop.run_in_executor(None, int), r"loop\.run_in_executor\(\)"),
    ],
)
def test_a_refusal_that_the_code_swallows_still_fails_the_run(reach_out: Callable[[Any], object], named: str) -> None:
    async def main() -> str:
        try:
            reach_out(asyncio.get_running_loop())
        except Exception:
            return "offline"
        return "online"

    with pytest.raises(RealIORefusedError, match=named):
        Simulation().run(main)


def test_a_call_from_another_thread_fails_the_run_that_it_reached() -> None:
    begin, loops = threading.Event(), []

    def call() -> None:
        begin.wait()
        with contextlib.suppress(RealIORefusedError):
            loops[0].call_soon_threadsafe(int)

    thread = threading.Thread(target=call)
    thread.start()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        begin.set()
        thread.join()

    with pytest.raises(RealIORefusedError, match="came from another thread"):
        Simulation().run(main)


def test_a_thread_pool_is_refused() -> None:
    async def main() -> None:
        await asyncio.to_thread(int)

    with pytest.raises(RealIORefusedError, match=r"loop.run_in_executor\(\)"):
        Simulation().run(main)


def test_reading_a_file_importing_a_module_and_a_database_in_memory_are_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_late.py").write_text("VALUE = 3")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    async def main() -> int:
        import imported_late  # type: ignore[import-not-found]

        sqlite3.connect(":memory:").close()
        return len((tmp_path / "imported_late.py").read_text()) + int(imported_late.VALUE)

    assert Simulation().run(main) == 12
    assert [path.name for path in tmp_path.iterdir()] == ["imported_late.py"]


def test_outside_a_simulation_and_in_other_threads_nothing_is_refused(tmp_path: Path) -> None:
    begin = threading.Event()

    def write() -> None:
        begin.wait()
        (tmp_path / "by thread").touch()

    thread = threading.Thread(target=write)
    thread.start()

    async def main() -> None:
        begin.set()
        thread.join()

    Simulation().run(main)
    (tmp_path / "afterwards").touch()
    assert len(list(tmp_path.iterdir())) == 2
