"""Every Python block is run: the README's each by itself, a page's in order in one fresh interpreter."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
READMES = [REPOSITORY / "README.md", REPOSITORY / "kit" / "README.md"]
PAGES = sorted(REPOSITORY.glob("docs/**/*.md"))


def blocks(page: Path) -> list[str]:
    return [match.group(1) for match in BLOCK.finditer(page.read_text())]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page)], ids=lambda page: str(page.relative_to(REPOSITORY))
)
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path) -> None:
    run(blocks(page), tmp_path)


@pytest.mark.parametrize(
    "block", [block for page in READMES for block in blocks(page)], ids=lambda block: block.splitlines()[0]
)
def test_each_example_of_the_readme_runs_as_it_stands(block: str, tmp_path: Path) -> None:
    run([block], tmp_path)


def run(examples: list[str], folder: Path) -> None:
    script = folder / "examples.py"
    script.write_text("\n".join(["from __future__ import annotations", *examples]))
    command = [sys.executable, "-W", "error", str(script)]
    answer = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
