"""Runs on a real scheduler and real worker processes, some of which die."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from .machines import Machines, Running, machines

SUITE = """
import os, time
import pytest

@pytest.mark.parametrize("number", range({many}))
def test_number(number):
    with open({log!r}, "a") as log:
        log.write(f"{{number}} {{os.getpid()}}\\n")
    time.sleep(0.03)
    assert number != 7
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with machines(tmp_path_factory.mktemp("dask"), ("m1", "m2")) as cluster:
        yield cluster


def plant(root: Path, **files: str) -> Path:
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)
    return root


def ran(log: Path) -> list[str]:
    return [line.split()[0] for line in log.read_text().splitlines()]


def test_two_machines_share_the_work_and_every_result_counts_once(pair: Machines, tmp_path: Path) -> None:
    log = tmp_path / "log"
    plant(tmp_path, test_a=SUITE.format(many=60, log=str(log)))
    code, _, record = Running(tmp_path, "--cluster", pair.url).finish()
    assert (code, record["verdict"]["cause"]) == (1, "failures")
    outcomes = {result["node_id"]: result["outcome"] for result in record["results"]}
    assert len(outcomes) == len(record["results"]) == 60
    assert [node_id for node_id, outcome in outcomes.items() if outcome != "passed"] == ["test_a.py::test_number[7]"]
    assert sorted(map(int, ran(log))) == list(range(60))
    tests = {worker["name"]: worker["tests"] for worker in record["workers"]}
    assert sum(tests.values()) == 60
    assert min(tests["m1"], tests["m2"]) >= 10


def test_a_test_that_ends_its_process_crashes_alone(pair: Machines, tmp_path: Path) -> None:
    plant(tmp_path, test_a="import os\ndef test_one(): pass\ndef test_two(): os._exit(0)\ndef test_three(): pass\n")
    code, _, record = Running(tmp_path, "--cluster", pair.url).finish()
    outcomes = {result["node_id"].rpartition("_")[2]: result["outcome"] for result in record["results"]}
    assert code == 1
    assert outcomes == {"one": "passed", "two": "crashed", "three": "passed"}


def test_a_failing_first_layer_that_stops_the_run_leaves_the_rest_named(pair: Machines, tmp_path: Path) -> None:
    log = tmp_path / "log"
    plant(tmp_path, test_a=SUITE.format(many=400, log=str(log)))
    code, _, record = Running(tmp_path, "--cluster", pair.url, "--fast-fail").finish()
    assert code == 1
    reasons = Counter(each["reason"] for each in record["not_run"])
    assert reasons["fail_fast"] + len(record["results"]) == 400
    assert reasons["fail_fast"] > 0


def test_tests_that_need_a_service_run_where_it_is_offered_or_not_at_all(pair: Machines, tmp_path: Path) -> None:
    text = "import pytest\n@pytest.mark.parametrize('n', range(4))\ndef test_it(n, service_stack): pass\n"
    text += "def test_free(): pass\n"
    plant(tmp_path, test_a=text)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\ngoldenpath_services = ["redis"]\n')
    code, said, _ = Running(tmp_path, "--cluster", pair.url, "--no-docker").finish()
    assert code == 2
    assert "4 tests need redis, and no machine offers it: start those that can run it with dask worker" in said
    pair.join("served", "--resources", "redis=1")
    code, said, record = Running(tmp_path, "--cluster", pair.url, "--no-docker").finish()
    pair.lose("served")
    assert code == 0, said
    assert {each["worker"] for each in record["results"] if "test_it" in each["node_id"]} == {"served"}
    assert len(record["results"]) == 5


def test_a_machine_that_is_lost_is_named_and_its_work_is_done_elsewhere_once(pair: Machines, tmp_path: Path) -> None:
    log = tmp_path / "log"
    plant(tmp_path, test_a=SUITE.format(many=120, log=str(log)).replace("number != 7", "number >= 0"))
    pair.join("victim")
    running = Running(tmp_path, "--cluster", pair.url)
    seen: list[dict[str, object]] = []
    for event in running.events():
        seen.append(event)
        if event["event"] == "test_finished" and event["result"]["worker"] == "victim":
            pair.lose("victim")
            break
    seen.extend(running.events())
    code, said, record = running.finish()
    assert (code, record["verdict"]["cause"]) == (0, "passed"), said
    counts = Counter(result["node_id"] for result in record["results"])
    assert len(counts) == 120
    assert set(counts.values()) == {1}
    assert Counter(event["event"] for event in seen)["test_finished"] == 120
    assert set(ran(log)) == {str(number) for number in range(120)}
    assert [event["worker"] for event in seen if event["event"] == "worker_died"] == ["victim"]
    died = {worker["name"]: worker["died"] for worker in record["workers"]}
    assert {name for name, how in died.items() if how} == {"victim"}
    assert any("machine victim was lost" in str(event.get("text")) for event in seen)


def test_a_test_that_takes_machines_down_is_found_and_the_others_still_run(tmp_path: Path) -> None:
    killer = (
        "import os, signal\n"
        "def test_a(): pass\n"
        "def test_killer(): os.kill(os.getppid(), signal.SIGKILL)\n"
        "def test_z(): pass\n"
    )
    plant(tmp_path, test_a=killer)
    with machines(tmp_path, ("m1", "m2", "m3"), DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as cluster:
        code, said, record = Running(tmp_path, "--cluster", cluster.url).finish()
    outcomes = {result["node_id"].rpartition("_")[2]: result for result in record["results"]}
    assert code == 1, said
    assert {name: result["outcome"] for name, result in outcomes.items()} == {
        "a": "passed",
        "killer": "crashed",
        "z": "passed",
    }
    assert "every machine that ran it was lost" in outcomes["killer"]["message"]


def test_what_only_waited_on_a_machine_that_a_test_took_down_is_not_blamed(tmp_path: Path) -> None:
    killer = (
        "import os, signal, threading\n"
        "def test_killer():\n"
        "    threading.Event().wait(0.3)  # the others are given out meanwhile\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n"
    )
    plant(tmp_path, test_a=killer + "".join(f"def test_{number}(): pass\n" for number in range(23)))
    with machines(tmp_path, ("m1", "m2", "m3"), DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as cluster:
        code, said, record = Running(tmp_path, "--cluster", cluster.url).finish()
    assert code == 1, said
    assert len(record["results"]) == 24
    crashed = [result["node_id"] for result in record["results"] if result["outcome"] != "passed"]
    assert crashed == ["test_a.py::test_killer"]
