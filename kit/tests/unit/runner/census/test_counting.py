from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from goldenpath.runner.census import ConventionsError, load_conventions, take_census

Plant = Callable[[dict[str, str]], Path]

COUNTS = {
    "[1, 2, 3]": 3,
    '(pytest.param(1, id="a"), 2)': 2,
    "range(2, 8, 2)": 3,
    "CASES": 2,
    "[*CASES, *CASES, 9]": 5,
    "CASES * 3 + [1]": 7,
    "sorted({'a': 1, 'b': 2}.items())": 2,
    '"abc"': 3,
    "[]": 1,
    "{1, 2}": 2,
    "{1, 1}": None,
    "make()": None,
    "GROWN": None,
    "[case for case in CASES]": None,
}
MODULE = """
import pytest
CASES = [1, 2]
GROWN = [1]
GROWN.append(2)

@pytest.mark.parametrize("x", {values})
def test_it(x): ...
"""


@pytest.mark.parametrize("values", COUNTS)
def test_parameters_are_counted_where_they_stand_literally(values: str, plant: Plant) -> None:
    census = take_census(plant({"test_a.py": MODULE.format(values=values)}), keep=False)
    (entry,) = census.entries
    assert entry.count == COUNTS[values]
    assert (census.promised, census.exact) == (COUNTS[values] or 1, COUNTS[values] is not None)


def test_parameters_of_file_class_and_function_multiply_and_marks_come_from_all(plant: Plant) -> None:
    text = """
import pytest
from pytest import mark
slow = mark.slow
pytestmark = [mark.parametrize("a", [1, 2]), mark.database]

@mark.parametrize("b", [1, 2, 3])
class TestA:
    pytestmark = mark.api

    @slow
    @mark.parametrize(("c", "d"), [(1, 2), (3, 4)])
    def test_it(self, a, b, c, d): ...
"""
    (entry,) = take_census(plant({"test_a.py": text}), keep=False).entries
    assert (entry.stem, entry.count, entry.marks) == ("test_a.py::TestA::test_it", 12, ("slow", "api", "database"))


def test_parametrised_fixtures_multiply_the_tests_that_reach_them(plant: Plant) -> None:
    conftest = """
import pytest
@pytest.fixture(params=["psycopg", "asyncpg"])
def driver(request): ...
@pytest.fixture
def session(driver): ...
"""
    text = """
import pytest
@pytest.fixture(params=[1, 2, 3], autouse=True)
def size(request): ...
def test_plain(): ...
def test_stored(session): ...
@pytest.mark.parametrize("driver", ["one"])
def test_given(driver): ...
class TestOther:
    @pytest.fixture(params=[1, 2, 3, 4, 5])
    def session(self, request): ...
    def test_own(self, session): ...
"""
    census = take_census(plant({"conftest.py": conftest, "test_a.py": text}), keep=False)
    counts = {entry.stem.rpartition("::")[2]: entry.count for entry in census.entries}
    assert counts == {"test_plain": 3, "test_stored": 6, "test_given": 3, "test_own": 15}


def test_inherited_tests_are_counted_where_they_run(plant: Plant) -> None:
    files = {
        "suites/__init__.py": "from suites.shared import Contract\n",
        "suites/shared.py": "class Contract:\n    def test_one(self): ...\n    def test_two(self): ...\n",
        "test_a.py": "from suites import Contract\nclass TestA(Contract):\n    def test_two(self): ...\n",
    }
    census = take_census(plant(files), keep=False)
    assert [entry.stem for entry in census.entries] == ["test_a.py::TestA::test_one", "test_a.py::TestA::test_two"]
    assert census.ghosts == []


def test_unittest_cases_need_no_name_and_may_have_a_constructor(plant: Plant) -> None:
    text = """
from unittest import TestCase
class Orders(TestCase):
    def __init__(self, *args): super().__init__(*args)
    def testOne(self): ...
    def helper(self): ...
"""
    assert [entry.stem for entry in take_census(plant({"test_a.py": text}), keep=False).entries] == [
        "test_a.py::Orders::testOne"
    ]


def test_a_second_census_reads_only_what_has_changed(plant: Plant, tmp_path: Path) -> None:
    environ = {"GOLDENPATH_CACHE_DIR": str(tmp_path / "cache")}
    root = plant({"test_a.py": "def test_a(): ...\n", "test_b.py": "def test_b(): ...\n"})
    for name in ("test_a.py", "test_b.py"):
        os.utime(root / name, (1_000_000, 1_000_000))
    first = take_census(root, environ=environ)
    second = take_census(root, environ=environ)
    (root / "test_b.py").write_text("def test_b(): ...\ndef test_c(): ...\n")
    third = take_census(root, environ=environ)
    assert (first.parsed, second.parsed, third.parsed) == (2, 0, 1)
    assert first.digest == second.digest != third.digest
    assert second.entries == first.entries
    assert len(third.entries) == 3


def test_a_damaged_file_of_facts_is_named_and_made_anew(plant: Plant, tmp_path: Path) -> None:
    environ = {"GOLDENPATH_CACHE_DIR": str(tmp_path / "cache")}
    root = plant({"test_a.py": "def test_a(): ...\n"})
    digest = take_census(root, environ=environ).digest
    (kept,) = (tmp_path / "cache" / "census").iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"test_a", b"test_z"))
    census = take_census(root, environ=environ)
    assert "damaged or edited" in census.notice
    assert str(kept) in census.notice
    assert census.digest == digest
    assert take_census(root, environ=environ).notice == ""


CONFIGURATIONS = {
    "pytest.ini": "[pytest]\npython_files = check_*.py\n",
    "pytest.toml": '[pytest]\npython_files = ["check_*.py"]\n',
    "pyproject.toml": '[tool.pytest.ini_options]\npython_files = "check_*.py"\n',
    "tox.ini": "[pytest]\npython_files = check_*.py\n",
    "setup.cfg": "[tool:pytest]\npython_files = check_*.py\n",
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_patterns_come_from_wherever_pytest_reads_them(name: str, plant: Plant) -> None:
    root = plant({name: CONFIGURATIONS[name], "deep/below/check_a.py": ""})
    conventions = load_conventions(root / "deep" / "below")
    assert conventions.root == root
    assert conventions.files == ("check_*.py",)


def test_a_broken_configuration_is_an_error_and_no_guess(plant: Plant) -> None:
    root = plant({"pyproject.toml": "[tool.pytest\n"})
    with pytest.raises(ConventionsError, match=r"pyproject\.toml cannot be read"):
        take_census(root, keep=False)


def test_a_path_that_does_not_exist_is_an_error(plant: Plant) -> None:
    root = plant({})
    with pytest.raises(FileNotFoundError, match="no tests to count"):
        take_census(root, [root / "tset"], keep=False)
