"""The one entry point beside real servers: modes, filters, services that are there or not, and what hangs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from goldenpath import Service, ServiceStack

if TYPE_CHECKING:
    from conftest import Project

PLAIN = "def test_it(): assert True\n"
ASKS_REDIS = """
def test_it(redis_service):
    with redis_service.client() as client: assert client.ping()
"""
ASKS_POSTGRES = """
def test_it(postgres_service):
    with postgres_service.client() as client: assert client.execute("SELECT 42").fetchone() == (42,)
"""
SERVICES = "[tool.pytest.ini_options]\ngoldenpath_services = [{}]\n"
WITH_PLUGIN = ("--", "-p", "goldenpath.plugin", "--import-mode=importlib")


def written(project: Project, *services: str, **files: str) -> Project:
    """A file of tests per folder, and the services that the project uses."""
    (project.root / "pyproject.toml").write_text(SERVICES.format(", ".join(map(repr, services))))
    return project.write({f"{folder}/test_{folder}.py": source for folder, source in files.items()})


def test_the_nightly_mode_runs_three_layers_with_their_services_and_leaves_the_last_to_others(project: Project) -> None:
    written(project, "redis", unit=PLAIN, integration=ASKS_REDIS, api=ASKS_REDIS, e2e=ASKS_REDIS)
    answer = project.run("--mode", "nightly", "--no-docker", *WITH_PLUGIN)
    assert answer.code == 0, answer.message
    assert {each.partition("/")[0] for each in answer.outcomes} == {"unit", "integration", "api"}
    assert answer.not_run == {"e2e/test_e2e.py::test_it": "category"}
    assert [layer["name"] for layer in answer.record["layers"]] == [
        "fast_feedback",
        "core_integration",
        "service_integration",
    ]
    assert [(each["name"], each["state"]) for each in answer.record["services"]] == [("redis", "stopped")]


def test_a_run_is_narrowed_by_name_mark_pattern_and_path_and_says_what_was_left_out(project: Project) -> None:
    marked = "import pytest\n@pytest.mark.slow\ndef test_slow(): assert True\ndef test_quick(): assert True\n"
    settings = "[tool.pytest.ini_options]\nmarkers = ['slow: takes long']\n"
    (project.root / "pyproject.toml").write_text(settings)
    project.write({"tests/unit/test_a.py": marked, "tests/unit/test_b.py": PLAIN})
    everything = {
        "tests/unit/test_a.py::test_slow",
        "tests/unit/test_a.py::test_quick",
        "tests/unit/test_b.py::test_it",
    }
    narrowed = {
        ("-k", "quick"): {"tests/unit/test_a.py::test_quick"},
        ("-m", "slow"): {"tests/unit/test_a.py::test_slow"},
        ("--pattern", "test_b*"): {"tests/unit/test_b.py::test_it"},
    }
    for arguments, expected in narrowed.items():
        answer = project.run(*arguments)
        assert (answer.code, set(answer.outcomes)) == (0, expected), answer.message
        assert answer.not_run == dict.fromkeys(everything - expected, "deselected")
    by_path = project.run("tests/unit/test_b.py")
    assert (by_path.code, set(by_path.outcomes)) == (0, {"tests/unit/test_b.py::test_it"})


def test_a_service_that_cannot_be_had_keeps_its_tests_from_running_and_no_others(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("GOLDENPATH_PG_BIN", str(tmp_path / "empty"))
    written(project, "postgres", unit=PLAIN, integration=ASKS_POSTGRES)
    answer = project.run("--no-docker", *WITH_PLUGIN)
    assert (answer.code, answer.cause) == (5, "service"), answer.message
    assert answer.outcomes == {"unit/test_unit.py::test_it": "passed"}
    assert answer.not_run == {"integration/test_integration.py::test_it": "service"}
    assert "GOLDENPATH_PG_BIN" in answer.message


def test_services_are_ready_before_the_first_test_that_asks_for_them(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    written(project, "postgres", "redis", unit=PLAIN, database=ASKS_POSTGRES, integration=ASKS_REDIS)
    capsys.readouterr()
    assert project.call(["run", "--progress", "json", "-n", "2", "--no-docker", *WITH_PLUGIN]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    changed = [
        (number, event["state"]["name"], event["state"]["state"])
        for number, event in enumerate(events)
        if event["event"] == "service_changed"
    ]
    begun = {event["node_id"]: n for n, event in enumerate(events) if event["event"] == "test_started"}
    for name in ("postgres", "redis"):
        states = [state for _, who, state in changed if who == name]
        assert states == ["starting", "ready", "stopped"]
    last_ready = max(number for number, _, state in changed if state == "ready")
    assert all(last_ready < number for test, number in begun.items() if not test.startswith("unit/"))
    assert events[-1]["event"] == "verdict"


def test_a_server_that_is_there_already_is_used_and_the_record_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ServiceStack(Service("redis", tcp=True)) as there:
        monkeypatch.setenv("GOLDENPATH_REDIS_URL", there["redis"].url)
        written(project, "redis", integration=ASKS_REDIS)
        answer = project.run(*WITH_PLUGIN)
        assert answer.code == 0, answer.message
        assert [(each["name"], each["provider"]) for each in answer.record["services"]] == [("redis", "external")]
        assert there["redis"].health().ok


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_a_test_does_to_the_environment_reaches_no_other_in_whichever_process(
    project: Project, workers: str
) -> None:
    source = """
import os
import pytest
from goldenpath import SSotBaseTestCase

class TestRegions(SSotBaseTestCase):
    @pytest.mark.parametrize("region", ["eu", "us", "ap", "sa"])
    def test_region(self, region):
        assert os.environ.get("SHOP_REGION") is None
        self.set_env_var("SHOP_REGION", region)
        os.environ["SHOP_DIRECT"] = region
        assert os.environ["SHOP_REGION"] == region

def test_function(isolated_env):
    isolated_env.set("SHOP_REGION", "eu")
    assert os.environ["SHOP_REGION"] == "eu"

def test_nothing_is_left():
    assert not {name for name in os.environ if name.startswith("SHOP_")}
"""
    answer = project.write({"test_regions.py": source}).run("-n", workers, *WITH_PLUGIN[:3])
    assert answer.code == 0, answer.message
    assert len(answer.outcomes) == 6


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_test_that_hangs_is_ended_with_its_stack_and_the_others_run(project: Project, workers: str) -> None:
    source = """
import threading
import pytest

def waits_for_nobody():
    threading.Event().wait()

@pytest.mark.timeout(0.5)
def test_hangs():
    waits_for_nobody()

def test_before(): assert True
def test_after(): assert True
"""
    answer = project.write({"test_a.py": source}).run("-n", workers)
    assert (answer.code, answer.cause) == (6, "timeout"), answer.message
    assert answer.outcomes == {
        "test_a.py::test_hangs": "timed_out",
        "test_a.py::test_before": "passed",
        "test_a.py::test_after": "passed",
    }
    (hung,) = [row for row in answer.record["results"] if row["outcome"] == "timed_out"]
    assert "waits_for_nobody" in hung["text"]


def test_a_file_that_does_not_parse_is_named_by_its_line_and_the_others_run(project: Project) -> None:
    project.write({"tests/unit/test_bad.py": "def test_one():\n    assert (1\n", "tests/unit/test_good.py": PLAIN})
    answer = project.run()
    assert (answer.code, answer.cause) == (4, "collection")
    assert answer.outcomes == {"tests/unit/test_good.py::test_it": "passed"}
    (error,) = answer.record["collection_errors"]
    assert error["path"] == "tests/unit/test_bad.py"
    assert "SyntaxError" in error["message"]
    assert "line 2" in error["text"]
