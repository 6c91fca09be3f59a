"""A probe whose other processes run on a real Dask scheduler with real workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..runner.cluster.machines import Machines, machines
from .commands import probe
from .sockets import SCENARIO, service

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with machines(tmp_path_factory.mktemp("dask"), ("m1", "m2")) as cluster:
        yield cluster


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "ours.toml"
    path.write_text(SCENARIO.replace("rate = 60.0", "rate = 80.0"))
    return str(path)


async def test_the_workers_bring_users_of_their_own_and_all_is_added_up(pair: Machines, scenario: str) -> None:
    words = ("--scenario", scenario, "--processes", "3", "--cluster", pair.url, "--json", "-")
    async with service() as (url, agents):
        code, out, err = await probe(url, *words)
    assert code == 0, err
    told = json.loads(out)
    assert [told["traffic"][name] for name in ("connections", "questions", "runs_ended")] == [12, 30, 30]
    assert told["latency"]["first event"]["count"] == 30
    assert len(set(agents.owners.values())) == 12


async def test_the_marks_of_users_that_a_worker_brought_are_found(pair: Machines, scenario: str) -> None:
    words = ("--scenario", scenario, "--processes", "2", "--cluster", pair.url, "--json", "-")
    async with service("leaks") as (url, _):
        code, out, _ = await probe(url, *words)
    broken = {check["id"] for check in json.loads(out)["checks"] if check["state"] == "broken"}
    assert code == 1
    assert {"PB401", "PB402"} <= broken


async def test_a_cluster_with_too_few_threads_is_refused_before_anybody_asks(pair: Machines, scenario: str) -> None:
    async with service() as (url, agents):
        code, _, err = await probe(url, "--scenario", scenario, "--processes", "4", "--cluster", pair.url)
    assert code == 2
    assert "--processes 4 needs 3 threads beside this process" in err
    assert not agents.asked.is_set()


async def test_a_scheduler_that_is_not_there_is_named(scenario: str) -> None:
    async with service() as (url, _):
        code, _, err = await probe(
            url, "--scenario", scenario, "--processes", "2", "--cluster", "carrier://127.0.0.1:1"
        )
    assert code == 2
    assert "no Dask scheduler answers at carrier://127.0.0.1:1" in err


async def test_a_cluster_without_a_number_of_processes_is_a_mistake(scenario: str) -> None:
    code, _, err = await probe("ws://127.0.0.1:9", "--scenario", scenario, "--cluster", "tcp://127.0.0.1:1")
    assert code == 2
    assert "say how many with --processes N" in err
