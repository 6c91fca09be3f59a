from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from goldenpath.runner.cluster.executor import ClusterExecutor
from goldenpath.runner.cluster.joining import gathered
from goldenpath.runner.cluster.parcel import NodeOpening, packed
from goldenpath.runner.events import Notice, TestFinished, TestStarted, WorkerDied, WorkerStarted
from goldenpath.runner.local.collected import Collected, Found
from goldenpath.runner.local.executor import WorkersFailed
from goldenpath.runner.record import Outcome, PlannedItem, TestResult

from .standing_in import FIT, ROOT, Client, Promise

ADDRESS = "tcp://a:1"
NAMES = [f"t{number}" for number in range(5)]


def result(name: str) -> list[Any]:
    return packed(TestResult(name, Outcome.PASSED, duration=0.5))


def finished(names: list[str]) -> Promise:
    return Promise("finished", {"worker": ADDRESS, "results": [result(name) for name in names]})


def executor(serve: Callable[[Any], Promise], **options: Any) -> tuple[ClusterExecutor, Client]:
    client = Client({ADDRESS: FIT}, serve)
    found = [Found(name, "a.py", 1, (), (), None, (), "", False) for name in NAMES]
    collected = Collected(found, (), (), (), (), False, "", "/project", {})
    nursery: Any = SimpleNamespace(collected=collected, end=lambda lanes: None)
    made = ClusterExecutor(gathered(client, "x", ROOT), nursery, NodeOpening("r1", ROOT), {}, **options)
    made.__enter__()
    return made, client


def planned() -> list[PlannedItem]:
    return [PlannedItem(name, "unit", "fast", 0.5) for name in NAMES]


def names_of(events: list[Any]) -> list[str]:
    return [event.result.node_id for event in events if isinstance(event, TestFinished)]


def test_a_result_that_comes_twice_counts_once() -> None:
    def serve(batch: Any) -> Promise:
        names = [item.node_id for item in batch.items]
        news = [["started", names[0], 1.0], *(["finished", result(name)] for name in names)]
        for _ in range(2):
            client.handlers["goldenpath-r1"]((0.0, {"worker": ADDRESS, "batch": batch.number, "news": news}))
        return finished([*names, *names])

    made, client = executor(serve)
    events = list(made.execute(planned()))
    assert sorted(names_of(events)) == NAMES
    assert isinstance(events[0], WorkerStarted)
    assert all(event.result.worker == "m1" for event in events if isinstance(event, TestFinished))
    assert {event.result.category for event in events if isinstance(event, TestFinished)} == {"unit"}
    assert [event.node_id for event in events if isinstance(event, TestStarted)]
    assert [record.tests for record in made.records()] == [5]


@pytest.mark.parametrize("status", ["cancelled", "lost", "finished"])
def test_what_a_batch_did_not_report_is_run_again(status: str) -> None:
    calls = []

    def serve(batch: Any) -> Promise:
        calls.append([item.node_id for item in batch.items])
        if len(calls) == 1:
            return Promise("finished", {"worker": ADDRESS, "results": []}) if status == "finished" else Promise(status)
        return finished(calls[-1])

    made, _ = executor(serve)
    assert sorted(names_of(list(made.execute(planned())))) == NAMES
    assert len(calls) > 1


def test_a_machine_that_cannot_run_the_suite_ends_the_run_with_its_words() -> None:
    made, _ = executor(
        lambda batch: Promise("error", error=RuntimeError("the suite cannot be collected here: no numpy"))
    )
    with pytest.raises(WorkersFailed, match="the suite cannot be collected here: no numpy"):
        list(made.execute(planned()))


def test_after_stop_nothing_more_is_submitted() -> None:
    made, client = executor(lambda batch: finished([item.node_id for item in batch.items]))
    events = []
    for event in made.execute(planned()):
        events.append(event)
        if isinstance(event, TestFinished):
            made.stop()
    done = names_of(events)
    assert 0 < len(done) <= len(NAMES)
    assert sum(len(batch.items) for _, batch in client.submitted) == len(done)


def test_machines_that_come_and_go_are_told_and_one_that_is_unfit_is_not_used() -> None:
    def serve(batch: Any) -> Promise:
        if batch.number == 1:
            client.machines["tcp://b:1"] = {**FIT, "name": "m2"}
            client.machines["tcp://c:1"] = {**FIT, "name": "m3", "root": False}
            for action, address in (
                ("add-worker", "tcp://b:1"),
                ("add-worker", "tcp://c:1"),
                ("remove-worker", ADDRESS),
            ):
                client.handlers["all"]((0.0, {"action": action, "worker": address}))
        return finished([item.node_id for item in batch.items])

    made, client = executor(serve)
    events = list(made.execute(planned()))
    assert [event.worker for event in events if isinstance(event, WorkerStarted)] == ["m1", "m2"]
    assert [event.worker for event in events if isinstance(event, WorkerDied)] == ["m1"]
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert any("tcp://c:1 joined the cluster and is of no use: machine m3" in text for text in notices)
    assert any(text.startswith("machine m1 was lost") for text in notices)
    assert sorted(names_of(events)) == NAMES


def test_a_cluster_without_a_single_machine_is_given_up() -> None:
    def serve(batch: Any) -> Promise:
        client.handlers["all"]((0.0, {"action": "remove-worker", "worker": ADDRESS}))
        return Unkept("pending")

    class Unkept(Promise):
        def add_done_callback(self, callback: Callable[[Promise], None]) -> None:
            """Nobody is left to keep it."""

    made, client = executor(serve, lonely=0.0)
    with pytest.raises(WorkersFailed, match="no machine is left in the cluster"):
        list(made.execute(planned()))
