"""The same outcomes as bare pytest, with the plugins that people use."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from conftest import Project

PLUGINS: Final = ("-p", "pytest_asyncio.plugin", "-p", "_hypothesis_pytestplugin", "-p", "pytest_cov.plugin")

WITNESS: Final = """
import json
outcomes = {}
def pytest_runtest_logreport(report):
    if type(report).__name__ != "TestReport":
        if report.failed: outcomes[report.nodeid] = "failed"
        return
    verdict = report.outcome
    if hasattr(report, "wasxfail"): verdict = "xfailed" if report.skipped else "xpassed"
    elif report.failed and report.when != "call": verdict = "error"
    if report.when == "call" or verdict != "passed":
        if outcomes.get(report.nodeid) not in ("failed",): outcomes[report.nodeid] = verdict
def pytest_sessionfinish(session):
    with open("witness.json", "w") as file: json.dump(outcomes, file)
"""

SUITE: Final = {
    "pyproject.toml": """
[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "session"
asyncio_default_test_loop_scope = "session"
""",
    "conftest.py": """
import asyncio, pytest, pytest_asyncio
@pytest_asyncio.fixture(scope="session")
async def server():
    queue = asyncio.Queue()
    task = asyncio.create_task(queue.get())
    yield queue
    task.cancel()
@pytest.fixture(params=["a", "b"], scope="module")
def letter(request): return request.param
""",
    "test_async.py": """
import asyncio, pytest
async def test_plain(): await asyncio.sleep(0)
async def test_with_the_server(server): assert server.empty()
@pytest.mark.parametrize("n", range(5))
async def test_many(server, n): assert n != 3
async def test_same_loop(server): assert server._get_loop() is asyncio.get_running_loop()
""",
    "test_hypothesis.py": """
from hypothesis import given, settings, strategies as st
@given(st.integers())
@settings(max_examples=5, database=None)
def test_holds(n): assert n == n
@given(st.integers())
@settings(max_examples=50, database=None, derandomize=True)
def test_fails(n): assert n < 10
""",
    "test_parameters.py": """
import pytest
@pytest.mark.parametrize("x", ["a b", "ü", "a::b", "[x]", "", "a/b"])
def test_odd_names(x, letter): assert x != ""
def pytest_generate_tests(metafunc):
    if "made" in metafunc.fixturenames: metafunc.parametrize("made", range(4))
def test_made(made): assert made < 3
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.xfail), pytest.param(2, marks=pytest.mark.skip), 3])
def test_marks(x): assert x == 3
@pytest.mark.xfail
def test_unexpected(): assert True
@pytest.mark.xfail(strict=True)
def test_strict(): assert True
""",
    "test_classes.py": """
import unittest, pytest
class TestOld(unittest.TestCase):
    @classmethod
    def setUpClass(cls): cls.up = True
    def setUp(self): self.n = 1
    def test_up(self): self.assertTrue(self.up)
    def test_bad(self): self.assertEqual(self.n, 2)
    @unittest.skip("no")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    def test_parts(self):
        for n in range(3):
            with self.subTest(n=n): self.assertNotEqual(n, 1)
class TestNew:
    @pytest.fixture(autouse=True, scope="class")
    def shared(self): yield
    def setup_method(self): self.ready = True
    def test_ready(self): assert self.ready
    def test_skip(self): pytest.skip("later")
@pytest.fixture
def broken(): raise RuntimeError
def test_error(broken): pass
@pytest.fixture
def leaves(): yield; raise RuntimeError
def test_teardown(leaves): pass
""",
    "shop.py": "def a():\n    return 1\n",
    "test_shop.py": "import shop\ndef test_shop(): assert shop.a() == 1\n",
}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_outcomes_are_those_of_bare_pytest(project: Project, workers: str) -> None:
    project.write({**SUITE, "witness.py": WITNESS})
    bare = [sys.executable, "-m", "pytest", "-q", *PLUGINS, "-p", "witness", "-p", "no:cacheprovider"]
    subprocess.run(bare, cwd=project.root, capture_output=True, check=False)
    expected = json.loads((project.root / "witness.json").read_text())
    answer = project.run("-n", workers, "--", *PLUGINS)
    assert len(expected) == 41
    assert answer.outcomes == expected
    assert answer.code == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_pytest_cov_measures_what_workers_run(project: Project, workers: str) -> None:
    project.write(
        {"shop.py": SUITE["shop.py"], "test_shop.py": SUITE["test_shop.py"], "test_more.py": "def test_1(): assert 1\n"}
    )
    arguments = ("--", "-p", "pytest_cov.plugin", "--cov=shop", "--cov-report=json", "--cov-fail-under=100")
    answer = project.run("-n", workers, *arguments)
    assert answer.code == 0, answer.message
    assert json.loads((project.root / "coverage.json").read_text())["totals"]["percent_covered"] == 100


def test_the_assertions_that_the_plugin_counted_are_in_the_evidence(project: Project) -> None:
    source = (
        "import pytest\ndef test_two():\n    assert 1\n    assert 2\ndef test_hollow(): pass\n"
        "@pytest.mark.no_assertions(reason='it must not raise')\ndef test_allowed(): pass\n"
    )
    project.write({"test_a.py": source})
    answer = project.run("--", "-p", "goldenpath.plugin")
    counted = {row["node_id"]: row["assertions"] for row in answer.record["results"]}
    assert counted == {"test_a.py::test_two": 2, "test_a.py::test_hollow": 0, "test_a.py::test_allowed": None}
    assert answer.record["notices"] == []  # the run lists hollow passes itself
