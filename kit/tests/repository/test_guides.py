"""The tutorial and the how-tos do what they say: each page is followed from its top to its end in an empty folder.

A block with a title is a file that the reader writes. A `console` block is typed: what it shows must be printed, line
by line in this order, where `…` stands for anything; `# ends N` beside a command is the exit code that it promises.
A `python` block without a title is a script. A `text` block shows what only another machine could do.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

DOCS = Path(__file__).parents[3] / "docs"
GUIDES = [DOCS / "start.md", DOCS / "tutorial.md", *sorted(DOCS.glob("how-to/*.md"))]
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ENDS = re.compile(r"\s+# ends (\d+)$")


class Block(NamedTuple):
    """A block of a page: its language, the file it is, if any, and what it says."""

    kind: str
    title: str | None
    text: str


class Typed(NamedTuple):
    """A command, the exit code that the page promises, and what the page shows of its output."""

    command: str
    code: int
    shown: list[str]


def blocks(page: Path) -> list[Block]:
    return [Block(*match.group("kind", "title", "text")) for match in BLOCK.finditer(page.read_text())]


def typed(text: str) -> Iterator[Typed]:
    """The commands of a console block, each with the lines below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        ends = ENDS.search(command)
        yield Typed(ENDS.sub("", command), int(ends[1]) if ends else 0, [line for line in shown if line.strip()])


def surroundings() -> dict[str, str]:
    """The environment of a reader: this interpreter's commands, and nothing of the test run around."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GIT_", "CI"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONPATH": ""}


def follow(block: Block, folder: Path) -> None:
    """Do what a block tells the reader to do."""
    if block.title:
        file = folder / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text)
    elif block.kind == "console":
        for step in typed(block.text):
            enter(step, folder)
    elif block.kind == "python":
        script = ["-W", "error", "-c", f"from __future__ import annotations\n{block.text}"]
        answer = subprocess.run(
            [sys.executable, *script], cwd=folder, env=surroundings(), capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr


def enter(step: Typed, folder: Path) -> None:
    """Type a command, and hold its exit code and its output against the page."""
    answer = subprocess.run(
        ["bash", "-c", step.command],
        cwd=folder,
        env=surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = f"$ {step.command}\n{answer.stdout}"
    assert answer.returncode == step.code, said
    lines = iter(answer.stdout.splitlines())
    for wanted in step.shown:
        if wanted.strip() != "…":
            pattern = ".*".join(map(re.escape, wanted.strip().split("…")))
            assert any(re.fullmatch(pattern, line.strip()) for line in lines), f"not printed: {wanted}\n{said}"


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_guide_can_be_followed_to_its_end(page: Path, tmp_path: Path) -> None:
    told = blocks(page)
    assert told or page.name == "README.md"
    for block in told:
        follow(block, tmp_path)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_guide_has_no_block_that_nobody_follows(page: Path) -> None:
    """Every fence is one that `follow` understands."""
    assert page.read_text().count("\n```") == 2 * len(blocks(page))
    unknown = [b for b in blocks(page) if not (b.title or b.kind in {"console", "python", "text"})]
    assert unknown == []


def test_what_a_page_shows_and_a_command_does_not_print_is_found(tmp_path: Path) -> None:
    enter(Typed("printf 'one\\ntwo in 3 s\\n'", 0, ["one", "two in … s"]), tmp_path)
    with pytest.raises(AssertionError, match="not printed: one"):
        enter(Typed("printf 'two\\none\\n'", 0, ["two", "one", "one"]), tmp_path)
    with pytest.raises(AssertionError):
        enter(Typed("exit 3", 0, []), tmp_path)
