from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from goldenpath.simulation import Event, Simulation, Trace

CONVERSATION = Path(__file__).with_name("conversation.py")
RUNS = 125


@pytest.fixture(scope="module")
def hashes_by_process() -> list[list[str]]:
    """The trace hashes of the same seeds: two processes for each of four values of PYTHONHASHSEED."""

    def hashes(hash_seed: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(CONVERSATION), str(RUNS)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )

    answers = []
    for hash_seed in ("0", "1", "12345", "random"):
        pair = [hashes(hash_seed), hashes(hash_seed)]
        answers += [process.communicate()[0].split() for process in pair]
        assert [process.returncode for process in pair] == [0, 0]
    return answers


def test_a_thousand_runs_of_a_thousand_have_the_hash_of_their_seed(hashes_by_process: list[list[str]]) -> None:
    assert sum(map(len, hashes_by_process)) == 1_000
    assert [hashes == hashes_by_process[0] for hashes in hashes_by_process] == [True] * 8


def test_no_two_seeds_have_the_same_hash(hashes_by_process: list[list[str]]) -> None:
    assert len(set(hashes_by_process[0])) == RUNS


def test_this_process_agrees_though_it_has_done_other_things(hashes_by_process: list[list[str]]) -> None:
    spec = importlib.util.spec_from_file_location("conversation", CONVERSATION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.trace_hashes(range(20)) == hashes_by_process[0][:20]


def test_what_is_said_changes_the_hash() -> None:
    async def saying(simulation: Simulation, what: str) -> None:
        simulation.tell("alice", what)

    def trace_hash(what: str) -> str:
        simulation = Simulation()
        simulation.run(saying(simulation, what))
        return simulation.trace_hash

    assert trace_hash("yes") == trace_hash("yes")
    assert trace_hash("yes") != trace_hash("no")


def test_a_long_trace_is_folded_without_changing_its_hash() -> None:
    folded, whole = Trace(), Trace()
    for number in range(200_000):
        folded.record(number)
        whole.record(number)
        if number % 1_000 == 0:
            folded.fold()
    assert len(folded._entries) < 70_000
    folded.tell(Event(1.0, "end"))
    whole.tell(Event(1.0, "end"))
    assert folded.hash == whole.hash
