from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from goldenpath.runner.census import take_census

Plant = Callable[[dict[str, str]], Path]

PLAIN = "def test_it():\n    assert [] == list()\n"

GHOSTS = {
    "syntax_error": ({"test_a.py": "def test_it(:\n"}, "test_a.py", "line 1"),
    "file_pattern": ({"tests/test_b.py": PLAIN, "tests/orders_tests.py": PLAIN}, "tests/orders_tests.py", "1 test"),
    "outside_testpaths": (
        {"pytest.ini": "[pytest]\ntestpaths = tests\n", "tests/test_a.py": PLAIN, "more/test_b.py": PLAIN},
        "more/test_b.py",
        "testpaths (tests)",
    ),
    "ignored": ({"conftest.py": 'collect_ignore = ["test_a.py"]\n', "test_a.py": PLAIN}, "test_a.py", "conftest.py"),
    "basename_clash": ({"a/test_x.py": PLAIN, "b/test_x.py": PLAIN}, "b/test_x.py", "a/test_x.py"),
    "init_class": (
        {"test_a.py": "class TestA:\n    def __init__(self): ...\n    def test_one(self): ...\n"},
        "test_a.py::TestA",
        "a __init__",
    ),
    "class_pattern": (
        {"test_a.py": "class CheckA:\n    def test_one(self): ...\n    def test_two(self): ...\n"},
        "test_a.py::CheckA",
        "2 tests",
    ),
    "function_pattern": (
        {"pytest.ini": "[pytest]\npython_functions = test_*\n", "test_a.py": "def testimony(): ...\n"},
        "test_a.py::testimony",
        "test_*",
    ),
    "switched_off": (
        {"test_a.py": "class TestA:\n    __test__ = False\n    def test_one(self): ...\n"},
        "test_a.py::TestA",
        "__test__",
    ),
    "shadowed": ({"test_a.py": "def test_one(): ...\n\n\ndef test_one(): ...\n"}, "test_a.py::test_one", "line 4"),
    "hidden_by_decorator": (
        {"test_a.py": "import pytest\n\n@pytest.fixture\ndef test_user(): ...\n"},
        "test_a.py::test_user",
        "makes a fixture",
    ),
    "nested": (
        {"test_a.py": "def test_outer():\n    def test_inner(): ...\n"},
        "test_a.py::test_outer::test_inner",
        "inside of a function",
    ),
}


@pytest.mark.parametrize("reason", GHOSTS)
def test_what_pytest_never_runs_is_named_with_its_reason(reason: str, plant: Plant) -> None:
    files, stem, said = GHOSTS[reason]
    census = take_census(plant(files), keep=False)
    (ghost,) = census.ghosts
    assert (ghost.stem, ghost.reason) == (stem, reason)
    assert said in ghost.message


QUIET = {
    "a base that others inherit from": "class Shared:\n    def test_one(self): ...\nclass TestA(Shared): ...\n",
    "a class that others import": "class Shared:\n    def test_one(self): ...\n",
    "alternatives": "import sys\nif sys.version_info > (3, 12):\n    def test_a(): ...\nelse:\n    def test_a(): ...\n",
    "a nested test that is called": "def test_outer():\n    def test_inner(): ...\n    test_inner()\n",
    "a base of unknown descent": "from somewhere import Base\nclass CheckA(Base):\n    def test_one(self): ...\n",
    "a dataclass whose name only sounds like a test": (
        "from dataclasses import dataclass\n@dataclass\nclass TestResult:\n    name: str\n"
    ),
}


@pytest.mark.parametrize("case", QUIET)
def test_what_may_well_run_is_no_ghost(case: str, plant: Plant) -> None:
    other = "from test_a import Shared\nclass TestB(Shared): ...\n"
    census = take_census(plant({"test_a.py": QUIET[case], "test_b.py": other}), keep=False)
    assert census.ghosts == []


def test_a_ghost_of_a_class_that_is_no_test_to_anybody_stays_silent(plant: Plant) -> None:
    root = plant({"test_a.py": "class Helper:\n    def run(self): ...\n", "src/tool.py": PLAIN})
    assert take_census(root, keep=False).ghosts == []


def test_naming_a_folder_overrules_testpaths(plant: Plant) -> None:
    root = plant({"pytest.ini": "[pytest]\ntestpaths = tests\n", "more/test_b.py": PLAIN})
    census = take_census(root, [root / "more"], keep=False)
    assert [entry.stem for entry in census.entries] == ["more/test_b.py::test_it"]
    assert census.ghosts == []


def test_importlib_mode_knows_no_clashes(plant: Plant) -> None:
    config = '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n'
    root = plant({"pyproject.toml": config, "a/test_x.py": PLAIN, "b/test_x.py": PLAIN})
    assert take_census(root, keep=False).ghosts == []
