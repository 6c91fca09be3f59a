from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
MODULES = sorted([*REPOSITORY.glob("kit/src/**/*.py"), *REPOSITORY.glob("backend/src/**/*.py")])
HEAVY = ("asyncio", "unittest.mock", "pytest", "rich", "typing", "inspect", "psycopg", "redis", "websockets")


def test_every_import_goes_down_the_floors_and_kit_and_backend_never_meet() -> None:
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_importing_goldenpath_imports_nothing_heavy() -> None:
    listing = f"import goldenpath, sys; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    answer = subprocess.run(
        [sys.executable, "-S", "-c", listing],
        env={"PYTHONPATH": str(REPOSITORY / "kit/src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == []


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {str(path.relative_to(REPOSITORY)): len(path.read_text().splitlines()) for path in MODULES}
    assert lengths
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_no_module_is_a_junk_drawer() -> None:
    drawers = {"util", "utils", "helper", "helpers", "common", "misc", "base", "manager2"}
    assert [path for path in MODULES if path.stem in drawers] == []
