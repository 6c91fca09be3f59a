"""The table of planted faults: what each breaks, where, and which tests must notice."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
TABLE: Final = Path(__file__).parent / "mutants"
COMPONENTS: Final = {
    1: "UnifiedWebSocketManager",
    2: "AgentExecutionTracker",
    3: "UnifiedTestRunner",
    4: "AgentRegistry",
    5: "UnifiedDockerManager",
    6: "UserExecutionEngine",
    7: "DatabaseManager",
    8: "WorkflowOrchestrator",
    9: "UnifiedConfigManager",
    10: "SSotBaseTestCase",
}


class Refused(Exception):
    """A mutant that cannot be planted as it stands in the table, or whose run proves nothing."""


@dataclass(frozen=True)
class Edit:
    """One text of one file, replaced by another."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Plant it in a copy of the tree; refused unless the old text is there exactly once."""
        path = root / self.file
        if not path.is_file():
            raise Refused(f"{self.file} does not exist")
        text = path.read_text()
        if (found := text.count(self.old)) != 1:
            raise Refused(f"{self.file} holds this {found} times, and exactly once is expected: {self.old!r}")
        if self.old == self.new:
            raise Refused(f"{self.file}: the new text is the old one")
        path.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True)
class Mutant:
    """A fault in an invariant of a component."""

    id: str
    component: int
    invariant: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    isolation: bool = False
    """One of the ten that the isolation of tenants must not survive."""

    @classmethod
    def of(cls, row: dict[str, Any]) -> Mutant:
        edits = tuple(Edit(**edit) for edit in row.pop("edit"))
        return cls(edits=edits, tests=tuple(row.pop("tests")), **row)

    def check(self, root: Path = ROOT) -> None:
        """Raise Refused unless it can be planted in this tree and the tests that should notice are there."""
        if self.component not in COMPONENTS:
            raise Refused(f"{self.id}: there is no component {self.component}")
        for edit in self.edits:
            text = (root / edit.file).read_text() if (root / edit.file).is_file() else ""
            if (found := text.count(edit.old)) != 1:
                raise Refused(f"{self.id}: {edit.file} holds this {found} times, not once: {edit.old!r}")
        for test in self.tests:
            if test.partition("[")[0] not in tests_of(root / test.partition("::")[0], root):
                raise Refused(f"{self.id}: there is no test {test}")


def planted() -> list[Mutant]:
    """Every mutant of the table, by component."""
    rows = [row for file in TABLE.glob("*.toml") for row in tomllib.loads(file.read_text())["mutant"]]
    return sorted((Mutant.of(row) for row in rows), key=lambda mutant: (mutant.component, mutant.id))


@cache
def tests_of(file: Path, root: Path) -> frozenset[str]:
    """The tests that stand in a file, by node id without parameters."""
    if not file.is_file():
        return frozenset()
    place = str(file.relative_to(root))
    return frozenset(f"{place}::{name}" for name in _names(ast.parse(file.read_text()).body))


def _names(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _names(node.body, f"{prefix}{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield prefix + node.name
