"""How tests are run: processes, fixtures, tokens, retries, order, layers, interrupts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from conftest import Project

MANY = "import pytest\n@pytest.mark.parametrize('n', range(30))\ndef test_n(n): assert n >= 0\n"
WAYS = pytest.mark.parametrize("workers", ["1", "2"])


def logged(project: Project) -> list[str]:
    """What the tests wrote into the log they share, in order."""
    return (project.root / "log").read_text().splitlines()


LOG = """
import os
def log(text):
    with open("log", "a") as file:
        file.write(f"{text}\\n")
"""


@WAYS
def test_every_test_runs_once_and_evidence_has_them_all(project: Project, workers: str) -> None:
    answer = project.write({"test_many.py": MANY}).run("-n", workers)
    assert answer.code == 0
    assert len(answer.outcomes) == 30
    assert Counter(answer.outcomes.values()) == {"passed": 30}
    code, said = project.evidence("verify")
    assert code == 0
    assert "30 results" in said


def test_a_module_fixture_is_set_up_once_although_two_workers_run(project: Project) -> None:
    source = LOG + (
        "import pytest\n@pytest.fixture(scope='module')\ndef costly():\n    log('up'); yield 1; log('down')\n"
        "@pytest.mark.parametrize('n', range(6))\ndef test_n(n, costly): assert costly\n"
    )
    project.write({"conftest.py": "", "test_a.py": source, "test_b.py": source, "test_many.py": MANY})
    assert project.run("-n", "2").code == 0
    assert Counter(logged(project)) == {"up": 2, "down": 2}


def test_session_fixtures_end_in_every_worker(project: Project) -> None:
    conftest = LOG + (
        "import pytest\n@pytest.fixture(scope='session', autouse=True)\ndef server():\n"
        "    log(f'up {os.getpid()}'); yield; log(f'down {os.getpid()}')\n"
    )
    assert project.write({"conftest.py": conftest, "test_many.py": MANY}).run("-n", "2").code == 0
    lines = logged(project)
    assert sorted(line.removeprefix("up ") for line in lines if line.startswith("up")) == sorted(
        line.removeprefix("down ") for line in lines if line.startswith("down")
    )
    assert len(lines) == 4


def test_a_failing_teardown_of_a_shared_fixture_is_an_error(project: Project) -> None:
    source = (
        "import pytest\n@pytest.fixture(scope='module')\ndef costly():\n    yield 1\n    raise RuntimeError('leak')\n"
        "def test_one(costly): assert costly\n"
    )
    answer = project.write({"test_a.py": source, "test_many.py": MANY}).run("-n", "2")
    assert answer.code == 1
    assert answer.outcomes["test_a.py::test_one"] == "error"
    assert "leak" in answer.message


def test_workers_have_names_and_folders_of_their_own(project: Project) -> None:
    source = LOG + (
        "import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_n(n, tmp_path, tmp_path_factory, request):\n"
        "    log(f\"{os.environ['PYTEST_XDIST_WORKER']} {request.config.workerinput['workerid']} \"\n"
        "        f\"{tmp_path_factory.mktemp('fixed' + str(n), numbered=False).parent}\")\n"
    )
    assert project.write({"test_a.py": source}).run("-n", "2").code == 0
    for line in logged(project):
        name, again, folder = line.split()
        assert name == again
        assert Path(folder).name == name


def test_output_of_workers_is_captured_apart(project: Project) -> None:
    source = (
        "import pytest, sys, os\n@pytest.mark.parametrize('n', range(20))\ndef test_n(n):\n"
        "    print(f'out {n}'); os.system(f'echo sub {n}'); print(f'err {n}', file=sys.stderr)\n    assert n % 5\n"
    )
    answer = project.write({"test_a.py": source}).run("-n", "2")
    failed = {row["node_id"]: row["text"] for row in answer.record["results"] if row["outcome"] == "failed"}
    assert len(failed) == 4
    for node_id, text in failed.items():
        number = node_id.partition("[")[2].rstrip("]")
        assert [line for line in text.splitlines() if line.startswith(("out", "sub", "err"))] == [
            f"out {number}",
            f"sub {number}",
            f"err {number}",
        ]


@WAYS
def test_logs_are_captured_and_shown_with_the_failure(project: Project, workers: str) -> None:
    source = (
        "import logging, pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_n(n, caplog):\n"
        "    logging.getLogger('shop').warning(f'sold {n}')\n    assert caplog.messages == [f'sold {n}']\n"
        "    assert n != 4\n"
    )
    answer = project.write({"test_a.py": source}).run("-n", workers)
    (failed,) = [row for row in answer.record["results"] if row["outcome"] != "passed"]
    assert failed["node_id"] == "test_a.py::test_n[4]"
    assert "Captured log call" in failed["text"]
    assert "sold 4" in failed["text"]


@pytest.mark.parametrize("capture", ["fd", "sys"])
def test_a_stream_that_a_test_file_imported_is_the_one_its_tests_write_to(project: Project, capture: str) -> None:
    source = (
        "import pytest, sys\nfrom sys import stdout, stderr\n@pytest.mark.parametrize('n', range(20))\ndef test_n(n):\n"
        "    assert stdout is sys.stdout and stderr is sys.stderr\n    print(f'out {n}', file=stdout, flush=True)\n"
        "    print(f'err {n}', file=stderr)\n    assert n % 5\n"
    )
    answer = project.write({"test_a.py": source}).run("-n", "2", "--", f"--capture={capture}")
    failed = {row["node_id"]: row["text"] for row in answer.record["results"] if row["outcome"] == "failed"}
    assert len(failed) == 4
    for node_id, text in failed.items():
        number = node_id.partition("[")[2].rstrip("]")
        assert [line for line in text.splitlines() if line.startswith(("out", "err"))] == [
            f"out {number}",
            f"err {number}",
        ]


def test_a_test_that_passes_when_tried_again_is_flaky_and_shown(project: Project) -> None:
    source = LOG + "def test_one():\n    log('try')\n    assert len(open('log').readlines()) == 3\n"
    answer = project.write({"test_a.py": source}).run("--retries", "2")
    (row,) = answer.record["results"]
    assert (answer.code, row["outcome"], row["attempts"]) == (0, "passed", 3)
    assert "only when tried again" in answer.message


def test_failed_first_begins_with_what_failed(project: Project) -> None:
    source = LOG + "def test_a(): log('a')\ndef test_b(): log('b'); assert False\n"
    project.write({"test_a.py": source}).run()
    project.run("--failed-first")
    assert logged(project) == ["a", "b", "b", "a"]


def test_a_resumed_run_runs_what_was_left_and_what_failed(project: Project) -> None:
    source = (
        LOG
        + "def test_a(): log('a')\ndef test_b(): log('b'); assert len(open('log').readlines()) > 2\n"
        + "def test_c(): log('c')\n"
    )
    assert project.write({"test_a.py": source}).run("-x").code == 1
    answer = project.run("--resume-from", "last")
    assert logged(project) == ["a", "b", "b", "c"]
    assert answer.code == 0
    assert answer.not_run == {"test_a.py::test_a": "resumed"}


def test_the_first_failure_stops_the_run_where_that_was_asked_for(project: Project) -> None:
    source = "def test_a(): assert False\ndef test_b(): assert True\n"
    answer = project.write({"unit/test_a.py": source, "e2e/test_e.py": "def test_e(): assert True\n"}).run(
        "--fast-fail"
    )
    assert answer.code == 1
    assert answer.not_run["e2e/test_e.py::test_e"] == "fail_fast"


def test_a_layer_that_fails_stops_the_next_unless_nothing_stops(project: Project) -> None:
    project.write({"unit/test_a.py": "def test_a(): assert False\n", "e2e/test_e.py": "def test_e(): assert True\n"})
    answer = project.run()
    assert (answer.code, answer.not_run) == (1, {"e2e/test_e.py::test_e": "blocked"})
    assert "layer fast_feedback did not hold" in answer.message
    everything = project.run("--fail-fast-mode", "never")
    assert (everything.code, everything.not_run) == (1, {})


def test_layers_run_in_their_order_and_categories_after_what_they_need(project: Project) -> None:
    for folder in ("e2e", "integration", "unit", "database"):
        project.write({f"{folder}/test_{folder}.py": LOG + f"def test_it(): log('{folder}')\n"})
    assert project.run("-n", "2", "--", "--import-mode=importlib").code == 0
    assert logged(project) == ["unit", "database", "integration", "e2e"]


def test_exclusive_tests_run_alone_and_heavy_ones_one_at_a_time(project: Project) -> None:
    source = LOG + (
        "import pytest, time\n@pytest.mark.parametrize('n', range(12))\n"
        "@pytest.mark.MARK\ndef test_n(n):\n    log('+'); time.sleep(0.002); log('-')\n"
    )
    for mark in ("heavy", "exclusive"):
        (project.root / "log").unlink(missing_ok=True)
        project.write({"test_a.py": source.replace("MARK", mark)})
        assert project.run("-n", "3").code == 0
        assert "".join(logged(project)) == "+-" * 12


def test_threads_that_an_import_started_forbid_forking_and_are_named(project: Project) -> None:
    source = "import threading\nthreading.Thread(target=threading.Event().wait, name='poller', daemon=True).start()\n"
    answer = project.write({"conftest.py": source, "test_many.py": MANY}).run("-n", "2")
    assert answer.code == 0
    assert len(answer.outcomes) == 30
    assert "importing the tests started threads: poller" in str(answer.record["notices"])


def test_sockets_that_an_import_opened_forbid_forking(project: Project) -> None:
    source = "import socket\nkept = socket.socketpair()\n"
    answer = project.write({"conftest.py": source, "test_many.py": MANY}).run("-n", "2")
    assert answer.code == 0
    assert "opened sockets" in str(answer.record["notices"])


@WAYS
def test_plugins_that_report_hear_of_every_test(project: Project, workers: str) -> None:
    project.write({"test_many.py": MANY + "def test_bad(): assert False\n"})
    project.run("-n", workers, "--", "--junitxml=plugin.xml")
    suite = ET.parse(project.root / "plugin.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("31", "1", "0")


@WAYS
def test_coverage_is_measured_over_all_processes(project: Project, workers: str) -> None:
    shop = "def a(): return 1\n\ndef b(): return 2\n\ndef c():\n    return 3\n"
    tests = "import shop\ndef test_a(): assert shop.a()\ndef test_b(): assert shop.b()\ndef test_c(): assert shop.c()\n"
    project.write({"shop.py": shop, "test_shop.py": tests, ".coveragerc": "[run]\ninclude = shop.py\n"})
    answer = project.run("-n", workers, "--min-coverage", "100")
    assert (answer.code, answer.record["coverage"]) == (0, 100.0), answer.message


def test_ctrl_c_reports_what_ran_and_tears_down(project: Project) -> None:
    source = LOG + (
        "import threading, pytest\n@pytest.fixture\ndef held():\n    log('up'); yield; log('down')\n"
        "def test_quick(): assert True\ndef test_slow(held): log('waiting'); threading.Event().wait(60)\n"
        "def test_never(): assert True\n"
    )
    project.write({"test_a.py": source})
    command = [sys.executable, "-m", "goldenpath", "run", "--progress", "json", "--json", "record.json"]
    process = subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "test_started" and "slow" in event["node_id"]:
            break
    while not (project.root / "log").exists() or "waiting" not in logged(project):
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    record = json.loads((project.root / "record.json").read_text())
    assert (process.returncode, record["verdict"]["cause"]) == (3, "interrupted")
    assert [row["node_id"] for row in record["results"]] == ["test_a.py::test_quick"]
    assert {row["reason"] for row in record["not_run"]} == {"interrupted"}
    assert logged(project) == ["up", "waiting", "down"]


def test_nothing_is_left_running_when_the_runner_is_killed(project: Project) -> None:
    source = LOG + "import threading\ndef test_slow():\n    log(os.getpid())\n    threading.Event().wait(0.3)\n"
    project.write({"test_a.py": source, "test_b.py": source.replace("slow", "slower")})
    command = [sys.executable, "-m", "goldenpath", "run", "-n", "2", "--progress", "plain"]
    process = subprocess.Popen(command, cwd=project.root, stdout=subprocess.DEVNULL, start_new_session=True)
    while not (project.root / "log").exists() or len(logged(project)) < 2:
        os.sched_yield()
    process.kill()
    process.wait()
    for pid in logged(project):
        descriptor = os.pidfd_open(int(pid)) if Path(f"/proc/{pid}").exists() else None
        if descriptor is not None:
            import select

            assert select.select([descriptor], [], [], 30)[0]
            os.close(descriptor)


def test_delegated_counts_come_from_the_commands_own_report(project: Project) -> None:
    report = (
        '<testsuites><testsuite><testcase classname="app" name="renders"/>'
        '<testcase name="fails"><failure message="red"/></testcase></testsuite></testsuites>'
    )
    project.write({"front.sh": f"cat > front.xml <<'X'\n{report}\nX\nexit 1\n", "test_many.py": MANY})
    settings = (
        "[tool.goldenpath.runner.categories.frontend]\ncommand = ['sh', 'front.sh']\njunit = 'front.xml'\nneeds = []\n"
    )
    (project.root / "pyproject.toml").write_text(settings)
    answer = project.run()
    assert answer.code == 1
    assert answer.outcomes["frontend::app::renders"] == "passed"
    assert answer.outcomes["frontend::fails"] == "failed"


@pytest.mark.parametrize("words", [("test_a.py", "-x", "--", "-k", "one"), ("-x", "test_a.py", "--", "-k", "one")])
def test_paths_stand_anywhere_before_what_goes_to_pytest(project: Project, words: tuple[str, ...]) -> None:
    project.write({"test_a.py": "def test_one(): assert True\ndef test_two(): assert True\n", "test_b.py": MANY})
    answer = project.run(*words)
    assert (answer.code, answer.outcomes) == (0, {"test_a.py::test_one": "passed"})


def test_marked_tests_wait_for_their_permission(project: Project) -> None:
    source = "import pytest\n@pytest.mark.real_llm\ndef test_llm(): assert True\ndef test_free(): assert True\n"
    project.write({"test_a.py": source})
    assert project.run().not_run == {"test_a.py::test_llm": "deselected"}
    assert len(project.run("--real-llm").outcomes) == 2


def test_shards_are_disjoint_and_together_everything(project: Project) -> None:
    project.write({"test_many.py": MANY})
    parts = [project.run("--shard", f"{number}/3").outcomes for number in (1, 2, 3)]
    assert sum(map(len, parts)) == 30
    assert len(set().union(*parts)) == 30
    assert all(parts)
