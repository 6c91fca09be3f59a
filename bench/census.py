"""The census against `pytest --collect-only` on some 3,000 tests: with what each keeps between runs, and without."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from _measuring import publish, seconds, taking_turns

FILES = 300
CLAIM = "census_vs_collect: how many times faster the census counts a tree than pytest collects it"
TEST = '''
@pytest.mark.parametrize("value", [{values}])
def test_{noun}_{number}_by_value(value):
    """It holds for each."""
    found = [value * factor for factor in range({number} + 2)]
    assert len(found) == {number} + 2
    assert all(isinstance(each, int) for each in found), found


class Test{Noun}{number}:
    @pytest.fixture
    def basket(self):
        return {{"{noun}": {number}}}

    def test_it_is_there(self, basket):
        assert basket["{noun}"] == {number}

    @pytest.mark.slow
    def test_nothing_else_is(self, basket):
        assert len(basket) == 1
'''


def plant(root: Path) -> int:
    """Write the tree; the number of tests in it."""
    chance = random.Random(1)
    tests = 0
    (root / "pytest.ini").write_text("[pytest]\nmarkers = slow\naddopts = --import-mode=importlib\n")
    for number in range(FILES):
        folder = root / "tests" / ("unit", "integration", "e2e")[number % 3] / f"part{number % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        parts = ["from __future__ import annotations\n\nimport pytest\n"]
        for place in range(2):
            values = range(chance.randrange(2, 5))
            noun = chance.choice(("order", "ticket", "tenant"))
            parts.append(TEST.format(noun=noun, Noun=noun.title(), number=place, values=", ".join(map(str, values))))
            tests += len(values) + 2
        (folder / f"test_part{number}.py").write_text("".join(parts))
    return tests


def measure() -> Mapping[str, object]:
    """Both in turn, warm and cold."""
    with tempfile.TemporaryDirectory() as scratch:
        root, kept = Path(scratch) / "tree", Path(scratch) / "cache"
        root.mkdir()
        tests = plant(root)
        environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "GOLDENPATH_CACHE_DIR": str(kept)}

        def run(*arguments: str) -> str:
            command = [sys.executable, "-m", *arguments]
            answer = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
            if answer.returncode:
                raise RuntimeError(f"{arguments} ended with {answer.returncode}: {answer.stdout}{answer.stderr}")
            return answer.stdout

        def census() -> float:
            return seconds(lambda: run("goldenpath", "census"))

        def collect() -> float:
            return seconds(lambda: run("pytest", "--collect-only", "-q", "-p", "no:cacheprovider"))

        def cold_census() -> float:
            shutil.rmtree(kept, ignore_errors=True)
            return census()

        def cold_collect() -> float:
            for folder in list(root.rglob("__pycache__")):
                shutil.rmtree(folder)
            return collect()

        if f"{tests:,} tests" not in run("goldenpath", "census"):
            raise RuntimeError("the census does not count what was planted")
        warm = taking_turns(census, collect, rounds=5)
        cold = taking_turns(cold_census, cold_collect, rounds=2)
    return {
        "tests": tests,
        "files": FILES,
        "census_s": warm[0],
        "collect_s": warm[1],
        "census_vs_collect": warm[1] / warm[0],
        "cold_census_s": cold[0],
        "cold_collect_s": cold[1],
        "cold_census_vs_collect": cold[1] / cold[0],
        "cold_census_vs_warm_collect": warm[1] / cold[0],
    }


if __name__ == "__main__":
    publish(CLAIM, measure)
