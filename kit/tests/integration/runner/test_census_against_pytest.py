"""The census is right when pytest, which imports everything, comes to the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from goldenpath.runner.census import take_census
from goldenpath.runner.census.collecting import CollectingFailed, collect
from goldenpath.runner.census.comparison import compare

HEAD = "import pytest\nimport unittest\nfrom shared import Contract, test_shared\n\n"
PIECES = (
    "def test_{n}():\n    assert True is not None\n",
    "async def test_{n}(): ...\n",
    "def testimony{n}(): ...\n",
    "def helper_{n}(): ...\n",
    '@pytest.mark.parametrize("x", [{values}])\ndef test_{n}(x): ...\n',
    '@pytest.mark.parametrize("x", range({n}))\n@pytest.mark.parametrize("y", "abc")\ndef test_{n}(x, y): ...\n',
    "def test_{n}(several): ...\n",
    "@pytest.mark.usefixtures('several')\ndef test_{n}(): ...\n",
    "@pytest.fixture\ndef test_{n}(): ...\n",
    "class Test{n}:\n    def test_a(self): ...\n    def test_a(self): ...\n    def check(self): ...\n",
    "class Test{n}:\n    def __init__(self): ...\n    def test_a(self): ...\n",
    "class Check{n}:\n    def test_a(self): ...\n",
    "class Test{n}(Contract):\n    size = {n}\n",
    "class Case{n}(unittest.TestCase):\n    def test_a(self): ...\n    def testB(self): ...\n",
    "class Test{n}:\n    __test__ = False\n    def test_a(self): ...\n",
    "class Test{n}:\n    class TestInner:\n        def test_a(self): ...\n    @staticmethod\n    def test_b(): ...\n",
    "if {n} % 2:\n    def test_{n}(): ...\nelse:\n    def test_{n}(): ...\n",
    "def test_{n}(): ...\ntest_{n} = None\n",
    "def test_{n}(): ...\ndel test_{n}\n",
    "def test_{n}():\n    def test_inner(): ...\n",
    "def test_{n}(): ...\ntest_{n}.__test__ = False\n",
)
CONFTEST = "import pytest\n@pytest.fixture(params=[1, 2, 3])\ndef several(request): ...\n"
SHARED = """
class Contract:
    def test_contract(self): ...
    def test_size(self, several): ...
def test_shared(): ...
"""


def plant(root: Path, files: int, chance: random.Random) -> None:
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\nfilterwarnings =\n    ignore\n")
    (root / "conftest.py").write_text(CONFTEST)
    (root / "shared.py").write_text(SHARED)
    for number in range(files):
        pieces = [
            piece.format(n=place + 1, values=", ".join("1234567"[: chance.randrange(8)]))
            for place, piece in enumerate(chance.choices(PIECES, k=6))
        ]
        (root / f"test_{number}.py").write_text(HEAD + "\n".join(pieces))


def test_reading_comes_to_what_importing_comes_to(tmp_path: Path) -> None:
    plant(tmp_path, 60, random.Random(7))
    census = take_census(tmp_path, keep=False)
    collected = collect(tmp_path)
    assert compare(census, collected) == []
    assert census.promised == len(collected.node_ids) > 400
    reasons = {ghost.reason for ghost in census.ghosts}
    assert reasons >= {"init_class", "class_pattern", "switched_off", "shadowed", "hidden_by_decorator", "nested"}


def test_what_cannot_be_imported_is_told_with_the_error(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_a.py").write_text("import nowhere\ndef test_a(): ...\n")
    (tmp_path / "test_b.py").write_text("import pytest\npytest.importorskip('nowhere')\ndef test_b(): ...\n")
    (tmp_path / "test_c.py").write_text("def test_c(): ...\n")
    reasons = {each.stem: each.reason for each in compare(take_census(tmp_path, keep=False), collect(tmp_path))}
    assert set(reasons) == {"test_a.py::test_a", "test_b.py::test_b"}
    assert "No module named 'nowhere'" in reasons["test_a.py::test_a"]
    assert "test_b.py skips itself" in reasons["test_b.py::test_b"]


def test_a_pytest_that_cannot_start_is_an_error_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    with pytest.raises(CollectingFailed, match="no-such-option"):
        collect(tmp_path)
