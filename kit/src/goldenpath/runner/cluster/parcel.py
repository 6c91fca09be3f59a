"""What travels between the run and the machines: frozen values that either side can take apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from goldenpath.runner.record import Outcome, PlannedItem, TestResult


@dataclass(frozen=True, slots=True)
class NodeOpening:
    """All that a machine needs to become able to run tests of this run."""

    run_id: str
    root: Path
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    retries: int = 0
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Tests for a second or two, which one machine runs after each other."""

    number: int
    items: tuple[PlannedItem, ...]


def packed(result: TestResult) -> list[Any]:
    """A result as plain values, for a message."""
    return [value.value if isinstance(value, Outcome) else value for value in astuple(result)]


def unpacked(row: Sequence[Any]) -> TestResult:
    """The result again."""
    node_id, outcome, *rest = row
    return TestResult(node_id, Outcome(outcome), *rest)


def topic(run_id: str) -> str:
    """Where machines tell what happens, as it happens."""
    return f"goldenpath-{run_id}"
