"""What is wrong with a configuration, where it was said, and the error that carries all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent_backend.config.names import variable


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: a kind of source, and its place or its file and line."""

    source: str
    place: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.place}, line {self.line}" if self.line else self.place
        return where or self.source


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; it never shows a value."""

    setting: str
    text: str
    origin: Origin | None = None
    rule: str = "setting"

    def __str__(self) -> str:
        """The variable for what was set by one, the place and line for what a file says."""
        if self.origin is not None and self.origin.place:
            return f"{self.origin}: {f'{self.setting} {self.text}'.strip()}"
        return f"{variable(self.setting)} {self.text}" if self.setting else self.text


class ConfigError(Exception):
    """The configuration cannot be used; the text names every setting at fault and never shows a value."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else tuple(problems)
        super().__init__(problems if isinstance(problems, str) else "; ".join(str(problem) for problem in problems))
