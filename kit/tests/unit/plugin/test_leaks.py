from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from goldenpath.plugin.belongings import Belongings, belongings

SUITE = """
    import asyncio, socket, subprocess, threading
    import pytest
    KEPT = []

    async def forever():
        await asyncio.sleep(1000)

    @pytest.fixture
    def tasks():
        tasks = []
        yield tasks
        for task in tasks:
            task.cancel()

    @pytest.fixture(scope="module")
    def server():
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server

    @pytest.mark.asyncio
    async def test_leaks_a_task():
        KEPT.append(asyncio.create_task(forever(), name="poller"))
        assert KEPT
    @pytest.mark.asyncio(loop_scope="session")
    async def test_leaks_a_task_into_the_session():
        KEPT.append(asyncio.create_task(forever()))
        assert KEPT
    def test_leaks_a_thread():
        end = threading.Event()
        KEPT.append(end)
        threading.Thread(target=end.wait, name="worker", daemon=True).start()
    def test_leaks_a_socket():
        KEPT.append(socket.create_server(("127.0.0.1", 0)))
    def test_leaks_a_file(tmp_path):
        KEPT.append((tmp_path / "kept.txt").open("w"))
    def test_leaks_a_higher_file(tmp_path):
        first, second = (tmp_path / "first").open("w"), (tmp_path / "second").open("w")
        first.close()
        KEPT.append(second)
    def test_leaks_a_child():
        KEPT.append(subprocess.Popen(["sleep", "60"]))
    def test_leaks_a_loop():
        KEPT.append(asyncio.new_event_loop())

    @pytest.mark.asyncio
    async def test_fine_cancelled():
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        task.cancel()
    @pytest.mark.asyncio(loop_scope="session")
    async def test_fine_tasks_of_a_fixture(tasks):
        tasks.append(asyncio.create_task(forever()))
        await asyncio.sleep(0)
    def test_fine_joined():
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    def test_fine_closed(tmp_path):
        (tmp_path / "x").write_text("x")
    def test_fine_shared(server):
        assert server
    def test_fine_waited():
        subprocess.run(["true"], check=True)
    def test_fine_gone():
        for kept in KEPT:
            for end in ("set", "close", "kill", "wait"):
                getattr(kept, end, int)()
"""
LEAKS = {
    "test_leaks_a_task": "task poller of forever (",
    "test_leaks_a_task_into_the_session": "of forever (",
    "test_leaks_a_thread": "daemon thread 'worker'",
    "test_leaks_a_socket": "inet socket 127.0.0.1:",
    "test_leaks_a_file": "kept.txt (descriptor ",
    "test_leaks_a_higher_file": "second (descriptor ",
    "test_leaks_a_child": "(sleep 60)",
    "test_leaks_a_loop": "selector of an event loop",
}


def test_what_a_test_leaves_is_told_of_it_and_of_no_other(run_suite: Callable[..., Any], tmp_path: Any) -> None:
    ended = run_suite(SUITE, "-W", "ignore", "--junitxml=junit.xml")
    assert ended.code == 0, ended.shown
    told = dict(
        line.split(": ", 1) for line in ended.shown.partition("= left behind =")[2].splitlines() if ": " in line
    )
    assert {name.partition("::")[2] for name in told} == LEAKS.keys()
    for name, leak in LEAKS.items():
        assert leak in told[f"test_suite.py::{name}"]
    assert "8 tests left something; --leaks=fail fails them" in ended.shown
    assert (tmp_path / "junit.xml").read_text().count('<property name="leaks"') == 8


def test_leaks_can_fail_their_tests_and_be_ignored(run_suite: Callable[..., Any]) -> None:
    ended = run_suite(SUITE, "-W", "ignore", "--leaks=fail")
    assert ended.code == 1
    assert {name for name, outcome in ended.outcomes if outcome == "ERROR"} == LEAKS.keys()
    assert "test_leaks_a_thread left behind:\n  daemon thread 'worker'" in ended.shown
    ignored = run_suite(
        "", "-W", "ignore", ini="[pytest]\ngoldenpath_leaks = off\nasyncio_default_fixture_loop_scope = function\n"
    )
    assert (ignored.code, "left behind" in ignored.shown) == (0, False)
    wrong = run_suite("", ini="[pytest]\ngoldenpath_leaks = never\n")
    assert "goldenpath_leaks: 'never' is none of report, fail, off" in wrong.shown


def test_what_is_held_beyond_something_is_described_while_it_is_there() -> None:
    before = belongings()
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="held")
    with socket.create_server(("127.0.0.1", 0)) as server, open(os.devnull) as file:
        thread.start()
        held = belongings(before).beyond(before)
        assert held.threads == {thread}
        assert held.descriptors == {str(server.fileno()), str(file.fileno())}
        assert sorted(held.described()) == [
            f"file {os.devnull} (descriptor {file.fileno()})",
            f"inet socket 127.0.0.1:{server.getsockname()[1]} (descriptor {server.fileno()})",
            "thread 'held'",
        ]
        end.set()
        thread.join()
    assert held.described() == []


def test_a_descriptor_that_took_the_place_of_another_is_no_news_and_the_next_one_is() -> None:
    first = os.open(os.devnull, os.O_RDONLY)
    before = belongings()
    os.close(first)
    again = os.open(os.devnull, os.O_RDONLY)
    second = os.open(os.devnull, os.O_RDONLY)
    try:
        assert belongings(before).beyond(before).descriptors == {str(second)}
    finally:
        os.close(again)
        os.close(second)


def test_nothing_beyond_nothing() -> None:
    nothing = Belongings(frozenset(), frozenset(), frozenset())
    assert nothing.beyond(nothing).described() == []
    assert nothing.plus(nothing) == nothing


@pytest.mark.asyncio
async def test_the_pool_of_a_running_loop_is_not_called_a_leak() -> None:
    import asyncio

    before = belongings()
    await asyncio.to_thread(int)
    assert belongings(before).beyond(before).described() == []
