"""Ways in which a suite can run less than it seems to: each must end in the right exit code and name its cause."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from goldenpath.runner.record import ExitCode

if TYPE_CHECKING:
    from conftest import Project

GOOD = "def test_good():\n    assert True\n"
"""Beside most sabotage stands a test that passes: a run with something green in it is the harder one to judge."""


@dataclass(frozen=True)
class Sabotage:
    """One way."""

    name: str
    code: ExitCode
    cause: str
    says: str
    """What the verdict must contain."""
    files: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    good: bool = True
    settings: str = ""
    workers: tuple[int, ...] = (1,)
    extra: Mapping[str, str] = field(default_factory=dict)


def each(name: str, code: int, cause: str, says: str, source: str = "", *arguments: str, **more: object) -> Sabotage:
    """A row whose sabotage is one test file."""
    files = {"tests/test_bad.py": source} if source else {}
    return Sabotage(name, ExitCode(code), cause, says, files, arguments, **more)  # type: ignore[arg-type]


SKIP_ALL = """
import pytest
pytestmark = pytest.mark.skip(reason="some day")
def test_one(): assert True
def test_two(): assert True
"""
SESSION_FIXTURE = """
import pytest
@pytest.fixture(scope="session", autouse=True)
def server(): raise RuntimeError("no server")
def test_one(): assert True
"""
IMPORTORSKIP = "import pytest\npytest.importorskip('no_such_module')\ndef test_one(): assert True\n"
SHADOWED = "def test_one(): assert True\ndef test_one(): assert True\n"
INIT = "class TestOrders:\n    def __init__(self): ...\n    def test_one(self): assert True\n"
EMPTY = "import pytest\n@pytest.mark.parametrize('case', [])\ndef test_one(case): assert case\n"
KILLED = "import os, signal\ndef test_one(): os.kill(os.getpid(), signal.SIGKILL)\n"
STOPPED = "import os, signal\ndef test_one(): os.kill(os.getpid(), signal.SIGSTOP)\n"
HANGING = "import threading\ndef test_hangs_here(): threading.Event().wait()\n"
FLOOD = "def test_one():\n    for _ in range(400): print('x' * 100_000)\n    assert False, 'after the flood'\n"
CLOSES = "import os\ndef test_one(): os.closerange(3, 4096)\n"
LEAVES = "import pytest\ndef test_one(): pytest.exit('enough', returncode=0)\ndef test_two(): assert True\n"
TAKES_ALL = "def pytest_collection_modifyitems(items): items[:] = []\n"
TAKES_ONE = "def pytest_collection_modifyitems(items): items[:] = [i for i in items if 'bad' not in i.nodeid]\n"
SWALLOWS = "def pytest_runtest_protocol(item, nextitem): return True\n"
RUNS_NO_CALL = "def pytest_pyfunc_call(pyfuncitem): raise SystemExit(0)\n"
IGNORES = "collect_ignore = ['test_bad.py']\n"
DELEGATED = """
[tool.goldenpath.runner.categories.frontend]
command = [{command}]
junit = "front.xml"
needs = []
"""

CASES = [
    each("everything is skipped", 3, "all_skipped", "some day", SKIP_ALL, good=False),
    each("skips beside passes are forbidden", 3, "skipped", "tests/test_bad.py", SKIP_ALL, "--forbid-skips"),
    each("a whole file skips itself for a missing import", 3, "lost", "no_such_module", IMPORTORSKIP),
    each("the only file skips itself", 3, "nothing_collected", "no_such_module", IMPORTORSKIP, good=False),
    each("a file skips itself as unittest does", 3, "lost", "not today; if that is meant, name it in may_be_missing",
         "import unittest\nraise unittest.SkipTest('not today')\ndef test_one(): assert True\n"),
    Sabotage("a file is renamed out of the pattern", ExitCode(3), "ghosts", "orders_check.py",
             {"tests/orders_check.py": GOOD}),
    Sabotage("a conftest raises", ExitCode(4), "collection", "no config",
         {"tests/conftest.py": "raise RuntimeError('no config')\n"}),
    Sabotage("a conftest does not parse", ExitCode(4), "collection", "conftest.py", {"tests/conftest.py": "def (:\n"}),
    Sabotage("a conftest ends the process", ExitCode(4), "collection", "SystemExit: 0",
             {"tests/conftest.py": "raise SystemExit(0)\n"}),
    each("a file does not parse", 4, "collection", "tests/test_bad.py", "def test_one(:\n"),
    each("a file fails to import", 4, "collection", "no_such_module",
         "import no_such_module\ndef test_one(): assert True\n"),
    each("an import calls sys.exit(0)", 4, "collection", "tests/test_bad.py", "import sys\nsys.exit(0)\n"),
    each("an import calls os._exit(0)", 4, "collection", "tests/test_bad.py", "import os\nos._exit(0)\n"),
    Sabotage("there is no test at all", ExitCode(3), "nothing_collected", "no test was collected",
             {"tests/notes.txt": ""}, good=False),
    each("the path does not exist", 2, "usage", "tests/nowhere", "", "tests/nowhere"),
    each("-k matches nothing", 3, "nothing_selected", "--keyword ordres", "", "-k", "ordres"),
    each("-m matches nothing", 3, "nothing_selected", "--markers slwo", "", "-m", "slwo"),
    each("--pattern matches nothing", 3, "nothing_selected", "--pattern test_ordres*", "", "--pattern", "test_ordres*"),
    each("a category is misspelt", 2, "usage", "did you mean 'unit'?", "", "--categories", "untt"),
    each("a layer is misspelt", 2, "usage", "did you mean 'fast_feedback'?", "", "--layers", "fast_fedback"),
    each("a mode is misspelt", 2, "usage", "did you mean 'nightly'?", "", "--mode", "nightyl"),
    each("a category that was asked for is empty", 3, "empty_category", "smoke", "", "--categories", "smoke,unit"),
    each("an option of pytest is misspelt", 2, "usage", "--durashuns", "", "--", "--durashuns=3"),
    each("production without saying so twice", 2, "usage", "--allow-prod", "", "--env", "prod"),
    each("a parametrisation has no case", 3, "no_cases", "tests/test_bad.py::test_one", EMPTY),
    each("a session fixture fails", 1, "failures", "no server", SESSION_FIXTURE),
    each("a test kills its process", 1, "crashed", "SIGKILL", KILLED, workers=(1, 2)),
    each("a test calls os._exit(0)", 1, "crashed", "exit code 0", "import os\ndef test_one(): os._exit(0)\n",
         workers=(1, 2)),
    each("a test ends the session with code 0", 1, "crashed", "enough", LEAVES, workers=(1, 2)),
    each("a test closes every descriptor", 1, "crashed", "tests/test_bad.py::test_one", CLOSES, workers=(1, 2)),
    each("collect-only is passed on", 2, "usage", "--collect-only runs no test", "", "--", "--collect-only"),
    each("setup-only is passed on", 2, "usage", "--setup-only runs no test", "", "--", "--setup-only"),
    Sabotage("collect-only stands in the settings", ExitCode(2), "usage", "--collect-only",
             {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n"}),
    each("the output is flooded", 1, "failures", "after the flood", FLOOD),
    each("a test hangs", 6, "timeout", "test_hangs_here", HANGING, "--timeout", "0.3", workers=(1, 2)),
    each("a test stops its process", 6, "timeout", "tests/test_bad.py::test_one", STOPPED, "--timeout", "0.3"),
    each("a layer takes too long", 6, "budget", "fast_feedback", HANGING,
         settings="[tool.goldenpath.runner.layers.fast_feedback]\nbudget = 0.3\n"),
    each("the run takes too long", 6, "budget", "the run took more than its 0.3 s", HANGING, "--budget", "0.3"),
    Sabotage("a hook takes every test away", ExitCode(3), "nothing_selected", "took it away",
         {"tests/conftest.py": TAKES_ALL}),
    Sabotage("a hook takes one test away", ExitCode(3), "lost", "tests/test_bad.py::test_one",
             {"tests/conftest.py": TAKES_ONE, "tests/test_bad.py": "def test_one(): assert False\n"}),
    Sabotage("a hook pretends to run tests", ExitCode(1), "failures", "never ran", {"tests/conftest.py": SWALLOWS}),
    Sabotage("a hook leaves the session instead of calling", ExitCode(1), "failures", "SystemExit",
             {"tests/conftest.py": RUNS_NO_CALL}),
    Sabotage("a conftest ignores a file", ExitCode(3), "ghosts", "test_bad.py",
             {"tests/conftest.py": IGNORES, "tests/test_bad.py": GOOD}),
    each("a test has the name of an earlier one", 3, "ghosts", "test_one", SHADOWED),
    each("a class with a constructor is never collected", 3, "ghosts", "__init__", INIT),
    each("a plugin turns the exit status", 1, "pytest", "exit status 1", "",
         extra={"tests/conftest.py": "def pytest_sessionfinish(session): session.exitstatus = 1\n"}),
    each("a service does not start", 5, "service", "mars", "",
         settings='[tool.goldenpath.runner.categories.unit]\nservices = ["mars"]\n'),
    each("a delegated command leaves no report", 1, "failures", "nobody knows what it ran",
         settings=DELEGATED.format(command="'true'")),
    each("a delegated command reports no test", 1, "failures", "reports no test at all",
         settings=DELEGATED.format(command="'sh', '-c', 'echo \"<testsuite/>\" > front.xml'")),
    each("a delegated command cannot be run", 1, "failures", "cannot be run",
         settings=DELEGATED.format(command="'no-such-program'")),
    each("a setting is misspelt", 2, "usage", "did you mean 'threshold'?",
         settings="[tool.goldenpath.runner.layers.fast_feedback]\ntreshold = 1.0\n"),
    each("a shard beyond the last", 2, "usage", "--shard 4/3", "", "--shard", "4/3"),
    each("less coverage than asked for", 1, "coverage", "% were asked for",
         "def test_one():\n    if not __debug__:\n        "
         + "\n        ".join(["print()"] * 9) + "\n    assert True\n", "--min-coverage", "90"),
]  # fmt: skip

ROWS = [pytest.param(case, workers, id=f"{case.name}, {workers}") for case in CASES for workers in case.workers]


@pytest.mark.parametrize(("case", "workers"), ROWS)
def test_a_sabotaged_suite_is_never_green(project: Project, case: Sabotage, workers: int) -> None:
    if case.good:
        project.write({"tests/test_good.py": GOOD + "def test_better():\n    assert True\n"})
    settings = project.root / "pyproject.toml"
    settings.write_text(settings.read_text() + case.settings)
    project.write({**case.files, **case.extra})
    answer = project.run("-n", str(workers), *case.arguments)
    assert (answer.code, answer.cause) == (case.code, case.cause), answer.message
    everything = "; ".join([answer.message, *(row["detail"] for row in answer.record.get("not_run", ()))])
    assert case.says in everything


def test_the_same_suite_without_sabotage_is_green(project: Project) -> None:
    project.write({"tests/test_good.py": GOOD})
    answer = project.run()
    assert (answer.code, answer.cause) == (0, "passed")
    assert project.evidence("verify")[0] == 0


def test_a_flood_is_shortened_in_the_record(project: Project) -> None:
    answer = project.write({"tests/test_bad.py": FLOOD}).run()
    (row,) = answer.record["results"]
    assert "characters left out" in row["text"]
    assert len(row["text"]) < 200_000


def test_edited_evidence_does_not_hold(project: Project) -> None:
    project.write({"tests/test_bad.py": "def test_one(): assert False\n"}).run()
    path = project.latest()
    path.write_text(path.read_text().replace('"outcome":"failed"', '"outcome":"passed"'))
    code, said = project.evidence("verify")
    assert code == 1
    assert "edited after it was sealed" in said


def test_edited_evidence_whose_digest_was_mended_still_contradicts_its_verdict(project: Project) -> None:
    from hashlib import sha256

    project.write({"tests/test_bad.py": "def test_one(): assert False\n"}).run()
    path = project.latest()
    *lines, manifest = path.read_bytes().splitlines(keepends=True)
    body = b"".join(lines).replace(b'"code":1', b'"code":0')
    path.write_bytes(body + json.dumps({**json.loads(manifest), "sha256": sha256(body).hexdigest()}).encode() + b"\n")
    code, said = project.evidence("verify")
    assert code == 1
    assert "its verdict is 0 although 1 tests failed" in said


def test_evidence_that_was_cut_off_proves_nothing(project: Project) -> None:
    project.write({"tests/test_good.py": GOOD}).run()
    path = project.latest()
    path.write_bytes(path.read_bytes()[:-40])
    code, said = project.evidence("verify")
    assert code == 1
    assert "no manifest" in said


def test_a_missing_shard_is_named(project: Project) -> None:
    project.write({"tests/test_good.py": "\n".join(f"def test_{n}(): assert True" for n in range(20))})
    files = []
    for number in (1, 2, 3):
        assert project.run("--shard", f"{number}/3").code == 0
        files.append(str(project.latest()))
    assert project.evidence("verify", "--shards", *files)[0] == 0
    code, said = project.evidence("verify", "--shards", *files[:2])
    assert code == 3
    assert "shard 3/3 is missing" in said


def test_a_corrupt_history_cannot_say_what_failed_first(project: Project) -> None:
    project.write({"tests/test_good.py": GOOD}).run()
    (history,) = (project.root.parent / "cache" / "history").glob("*.json")
    history.write_bytes(history.read_bytes()[:-3])
    answer = project.run("--failed-first")
    assert answer.code == 2
    assert "torn" in answer.err
    again = project.run()
    assert again.code == 0
    assert "torn" in str(again.record["notices"])


def test_a_full_disk_leaves_no_proof_and_no_green(project: Project) -> None:
    project.write({"tests/test_good.py": "\n".join(f"def test_{n}(): assert True" for n in range(60))})
    command = f"ulimit -f 4; exec {shlex.quote(sys.executable)} -m goldenpath run --progress plain"
    answer = subprocess.run(["bash", "-c", command], cwd=project.root, capture_output=True, text=True, check=False)
    assert answer.returncode == 3
    assert "what ran cannot be proved: the evidence could not be written: File too large" in answer.stdout


def test_an_edited_run_is_not_resumed(project: Project) -> None:
    project.write({"tests/test_good.py": GOOD}).run()
    path = project.latest()
    path.write_text(path.read_text().replace("test_good.py", "test_bad.py"))
    answer = project.run("--resume-from", "last")
    assert answer.code == 2
    assert "edited" in answer.err
