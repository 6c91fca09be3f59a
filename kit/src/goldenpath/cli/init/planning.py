"""What a project lacks: each piece is the file as it would be, with all that was in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from goldenpath.cli.init.blocks import HOOK, IGNORED, TABLES, WORKFLOW
from goldenpath.cli.init.piece import CannotAdd, Piece, read, with_more

TOP_LEVEL: Final = re.compile(r"[^\s#-]")
"""How a line begins that ends the list above it."""


def settings(root: Path) -> Piece:
    """pyproject.toml with the tables that it lacks."""
    path = root / "pyproject.toml"
    before = read(path)
    document = _parsed(before or b"")
    own = document.get("tool", {}).get("goldenpath", {})
    lacking = [name for name in TABLES if name not in own]
    after = with_more(before, "\n".join(TABLES[name] for name in lacking)) if lacking else before or b""
    if lacking and _without(_parsed(after), lacking) != _without(document, lacking):
        raise CannotAdd("pyproject.toml would no longer say what it says; add the tables by hand")
    return Piece(path, before, after, " and ".join(f"[tool.goldenpath.{name}]" for name in lacking))


def workflow(root: Path) -> Piece:
    """The workflow that audits and runs the tests, where there is none of that name."""
    path = root / ".github" / "workflows" / "goldenpath.yml"
    before = read(path)
    install = "-e ." if (root / "pyproject.toml").exists() or (root / "setup.py").exists() else "-r requirements.txt"
    return Piece(path, before, WORKFLOW.format(install=install).encode() if before is None else before, "a workflow")


def hook(root: Path) -> Piece:
    """The pre-commit configuration with the audit's hook at the end of its list of repositories."""
    path = root / ".pre-commit-config.yaml"
    before = read(path)
    if before is None:
        return Piece(path, None, f"repos:\n{HOOK}".encode(), "a pre-commit hook")
    if b"goldenpath-audit" in before:
        return Piece(path, before, before, "a pre-commit hook")
    return Piece(path, before, _listed(before), "a pre-commit hook")


def ignored(root: Path) -> Piece:
    """.gitignore with the folder of the runs."""
    path = root / ".gitignore"
    before = read(path)
    lines = (before or b"").decode(errors="replace").split()
    known = not {IGNORED, IGNORED.rstrip("/"), f"/{IGNORED}"}.isdisjoint(lines)
    return Piece(path, before, before if known and before else with_more(before, f"{IGNORED}\n", gap=False), IGNORED)


PIECES: Final[tuple[Callable[[Path], Piece], ...]] = (settings, workflow, hook, ignored)


def plan(root: Path) -> Iterator[Piece | CannotAdd]:
    """Every piece, or why it has to be added by hand."""
    for piece in PIECES:
        try:
            yield piece(root)
        except CannotAdd as obstacle:
            yield obstacle


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotAdd(f"pyproject.toml does not parse ({error}); mend it first, nothing was added to it") from None


def _without(document: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The document without these tables of ours."""
    tool = dict(document.get("tool", {}))
    own = {name: table for name, table in tool.pop("goldenpath", {}).items() if name not in names}
    return {**document, "tool": {**tool, **({"goldenpath": own} if own else {})}}


def _listed(before: bytes) -> bytes:
    """The configuration with the hook after the last repository, indented as those are."""
    newline = "\r\n" if b"\r\n" in before else "\n"
    lines = before.decode().splitlines()
    begin = next((number for number, line in enumerate(lines) if re.fullmatch(r"repos:\s*(#.*)?", line)), None)
    if begin is None:
        raise CannotAdd(f".pre-commit-config.yaml has no plain list of repos; add there by hand:\n{HOOK}")
    end = next((n for n in range(begin + 1, len(lines)) if TOP_LEVEL.match(lines[n])), len(lines))
    while end > begin + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    items = [line for line in lines[begin + 1 : end] if line.lstrip().startswith("- repo:")]
    indent = items[0][: len(items[0]) - len(items[0].lstrip())] if items else ""
    added = [f"{indent}{line}" for line in HOOK.splitlines()]
    return (newline.join([*lines[:end], *added, *lines[end:]]) + newline).encode()
