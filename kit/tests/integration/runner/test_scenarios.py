"""What a team expects of the one entry point: discovery, services, the house's own base case, and reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from goldenpath.runner import UnifiedTestRunner

if TYPE_CHECKING:
    from conftest import Project

REPOSITORY = Path(__file__).parents[4]
CASE = """
from goldenpath import SSotBaseTestCase
class TestOrders(SSotBaseTestCase):
    def test_sync(self): self.assertEqual(self.get_env_var("SHOP") or "none", "none")
    async def test_async(self): self.set_env_var("SHOP", "open"); assert self.get_env_var("SHOP") == "open"
    def test_again(self): assert not self.get_env_var("SHOP")
"""
SERVED = """
def test_redis(redis_service):
    import redis
    with redis.Redis.from_url(redis_service.url) as client: assert client.ping()
"""


def test_a_real_tree_is_collected_as_the_census_counts_it() -> None:
    runner = UnifiedTestRunner(REPOSITORY)
    record = runner.run(paths=("kit/tests/unit/environment",), keyword="masked")
    assert record.verdict.code == 0, record.verdict
    assert record.census_tests is not None
    assert record.collected + len(record.not_run) >= record.census_tests > 100


def test_collection_errors_are_told_apart_from_failures(project: Project) -> None:
    project.write({"test_a.py": "import nowhere\n", "test_b.py": "def test_b(): assert False, 'wrong sum'\n"})
    answer = project.run()
    assert (answer.code, answer.cause) == (4, "collection")
    (error,) = answer.record["collection_errors"]
    assert error["path"] == "test_a.py"
    assert "No module named 'nowhere'" in error["message"]
    assert "wrong sum" in answer.message
    assert answer.outcomes == {"test_b.py::test_b": "failed"}


def test_a_failure_carries_its_place_its_traceback_and_its_output(project: Project) -> None:
    project.write(
        {"test_a.py": "def total(): return 41\n\ndef test_a():\n    print('counting')\n    assert total() == 42\n"}
    )
    (row,) = project.run().record["results"]
    assert (row["path"], row["line"], row["message"]) == ("test_a.py", 3, "assert 41 == 42")
    assert "assert total() == 42" in row["text"]
    assert "counting" in row["text"]


def test_the_fast_feedback_mode_runs_its_layer_alone(project: Project) -> None:
    files = {f"{folder}/test_{folder}.py": "def test_it(): assert True\n" for folder in ("smoke", "unit", "api", "e2e")}
    answer = project.write(files).run("--mode", "fast_feedback")
    assert set(answer.outcomes) == {"smoke/test_smoke.py::test_it", "unit/test_unit.py::test_it"}
    assert set(answer.not_run.values()) == {"category"}


def test_services_come_up_once_for_all_workers_and_go_down_again(project: Project) -> None:
    project.write(
        {
            "unit/test_u.py": "def test_u(): assert True\n",
            "integration/test_i.py": SERVED,
            "integration/test_j.py": SERVED,
        }
    )
    settings = project.root / "pyproject.toml"
    settings.write_text("[tool.pytest.ini_options]\ngoldenpath_services = ['redis']\n")
    answer = project.run("-n", "2", "--no-docker", "--", "-p", "goldenpath.plugin")
    assert answer.code == 0, answer.message
    (service,) = answer.record["services"]
    assert (service["name"], service["state"], service["provider"]) == ("redis", "stopped", "embedded")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_base_case_runs_async_tests_and_leaves_the_environment_alone(project: Project, workers: str) -> None:
    answer = project.write({"test_orders.py": CASE}).run("-n", workers, "--", "-p", "goldenpath.plugin")
    assert answer.code == 0, answer.message
    assert len(answer.outcomes) == 3


def test_a_mock_in_an_integration_test_fails_the_run(project: Project) -> None:
    source = "from unittest.mock import Mock\ndef test_i():\n    thing = Mock()\n    assert thing\n"
    project.write({"tests/integration/test_i.py": source})
    answer = project.run("--", "-p", "goldenpath.plugin")
    assert answer.code == 1
    assert "mock" in answer.record["results"][0]["text"].lower()


def test_the_tests_know_what_they_run_against(project: Project) -> None:
    source = "import os\ndef test_env(): assert os.environ['GOLDENPATH_ENV'] == 'staging'\n"
    answer = project.write({"test_a.py": source}).run("--env", "staging")
    assert answer.code == 0
    assert answer.record["asked"]["environment"] == "staging"


def test_a_plan_is_printed_and_nothing_runs(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write({"unit/test_u.py": "def test_u(): open('ran', 'w')\n"})
    assert project.call(["run", "--plan"]) == 0
    said = capsys.readouterr().out
    assert "1 tests, 1 worker" in said
    assert "unit" in said
    assert not (project.root / "ran").exists()


def test_the_categories_are_printed(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.call(["run", "--list-categories"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("mission_critical", "e2e", "fast_feedback: 2 min, 100% must pass"))


def test_progress_as_json_is_a_line_per_event(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write({"test_a.py": "def test_a(): assert True\n"})
    assert project.call(["run", "--progress", "json"]) == 0
    events = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert events[0] == "run_planned"
    assert events[-1] == "verdict"
