"""A small suite with planted sins, and what the audit finds of them.

The suite lies beside this file as text, so that nobody takes it for tests. Where a line has `# sin: GP501`, that rule
has to find something in that line; the audit itself does not read these marks.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from goldenpath.audit.auditing import Request, audit
from goldenpath.audit.catalogue import catalogue
from goldenpath.cli.demo.check import Check

SUITE: Final = Path(__file__).parent / "planted"
SUFFIX: Final = ".txt"
MARK: Final = re.compile(r"# sin: ((?:GP\d{3} ?)+)")


@dataclass(frozen=True, order=True)
class Sin:
    """One place where a rule has something to say."""

    path: str
    line: int
    rule: str

    @property
    def name(self) -> str:
        """The rule in a word."""
        return catalogue()[self.rule].name

    def __str__(self) -> str:
        return f"{self.rule} {self.name} in {self.path}:{self.line}"


@dataclass(frozen=True)
class Confession:
    """What was planted, and what the audit said."""

    tests: int
    score: float
    planted: tuple[Sin, ...]
    found: dict[Sin, str]
    """What the audit says of each."""

    @property
    def caught(self) -> list[Sin]:
        """Those that were planted and found."""
        return [sin for sin in self.planted if sin in self.found]

    @property
    def missed(self) -> list[Sin]:
        """Those that nobody found."""
        return [sin for sin in self.planted if sin not in self.found]

    @property
    def false_alarms(self) -> list[Sin]:
        """What was found and is no sin."""
        return sorted(self.found.keys() - set(self.planted))

    def check(self) -> Check:
        """Whether all of them were found, and nothing else."""
        told = [f"missed: {sin}" for sin in self.missed] + [f"false alarm: {sin}" for sin in self.false_alarms]
        promise = "the audit finds every planted sin, and only those"
        return Check(promise, bool(self.planted) and not told, "; ".join(told))


def confess() -> Confession:
    """Write the suite down, audit it, and compare."""
    with tempfile.TemporaryDirectory(prefix="goldenpath-sins-") as folder:
        project = Path(folder) / "shop"
        planted = tuple(_written(project))
        report = audit(Request(paths=[project], cache=Path(folder) / "facts", keep_facts=False))
    found = {Sin(each.path, each.line, each.rule): each.message for each in report.findings}
    return Confession(report.tests, report.score.value, planted, found)


def _written(project: Path) -> Iterator[Sin]:
    """Every sin of the suite, while its files are written."""
    for source in sorted(SUITE.rglob(f"*{SUFFIX}")):
        path = source.relative_to(SUITE).as_posix().removesuffix(SUFFIX)
        content = source.read_text(encoding="utf-8")
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(content, encoding="utf-8")
        for number, line in enumerate(content.splitlines(), 1):
            for mark in MARK.finditer(line):
                yield from (Sin(path, number, rule) for rule in mark[1].split())
