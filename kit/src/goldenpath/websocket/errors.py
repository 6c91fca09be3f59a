"""What a manager refuses, each refusal by its name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ConfigurationError(ValueError):
    """A configuration names what does not exist, or gives a value that cannot be."""


class MessageRefusedError(ValueError):
    """A message was not sent, because it breaks what the configuration enforces."""


class EventOrderError(MessageRefusedError):
    """A message may not come here; `expected` are the types that may."""

    def __init__(self, message: str, expected: tuple[str, ...]) -> None:
        super().__init__(message)
        self.expected = expected


class MessageFormatError(MessageRefusedError):
    """A message does not have the form that the contract declares."""


class WrongThreadError(RuntimeError):
    """A manager that belongs to one thread was used from another."""


class MetricsDisabledError(RuntimeError):
    """Metrics were asked for that the configuration does not keep."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint that mends a misspelt name."""
    names = [str(each) for each in known]
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
