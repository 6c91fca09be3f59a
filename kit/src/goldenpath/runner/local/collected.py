"""What a suite came to when it was collected, as the run sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from goldenpath.runner.record import CollectionError


class Found(NamedTuple):
    """A collected test; the fields are those that `goldenpath.runner.host.described` sends."""

    node_id: str
    path: str
    line: int | None
    marks: tuple[str, ...]
    tokens: tuple[str, ...]
    timeout: float | None
    services: tuple[str, ...]
    group: str
    """The node whose fixtures it shares; tests of one group run after each other in one process."""
    empty: bool
    """It stands for a parametrisation without a single case."""


@dataclass(frozen=True)
class Collected:
    """All of it."""

    items: Sequence[Found]
    deselected: Sequence[str]
    vanished: Sequence[str]
    """Tests that a hook took away without saying that it deselects them."""
    errors: Sequence[CollectionError]
    skipped: Sequence[tuple[str, str]]
    """Files that said while being imported that they are not to be run, and why."""
    listeners: bool
    """A plugin must hear of every test that passes."""
    fork_unsafe: str
    """Why the process must not be forked; empty when it may."""
    root: str
    """What node ids are relative to."""
    tools: Mapping[str, str]
    """Versions: python, pytest and every plugin."""

    @classmethod
    def of(cls, message: Sequence[Any]) -> Collected:
        """From the message of the process that collected."""
        _, items, deselected, vanished, errors, skipped, listeners, unsafe, root, tools = message
        return cls(
            [Found(*item) for item in items],
            deselected,
            vanished,
            [CollectionError(*error) for error in errors],
            skipped,
            listeners,
            unsafe,
            root,
            tools,
        )

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The place of every test, by its node id."""
        return {item.node_id: number for number, item in enumerate(self.items)}

    @cached_property
    def digest(self) -> str:
        """The same for processes that collected the same tests in the same order."""
        text = "\n".join(item.node_id for item in self.items)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
