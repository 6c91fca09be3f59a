"""Something that exists already: what it is called, what it does, where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KINDS: Final = {
    "fixture": "a pytest fixture: name it as a parameter of the test",
    "double": "a test double, or what makes one",
    "case": "a base class for tests",
    "assertion": "a check that fails with the facts",
    "contract": "which events a run streams, in which order",
    "service": "a real service for tests",
    "helper": "a function or class of the test suite's own",
    "api": "a public name of the toolkit",
    "command": "a command of the toolkit",
    "rule": "what the audit looks for",
}
"""The kinds of things that are found, most at hand first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing; `uses` counts the project's other files that mention it."""

    kind: str
    name: str
    summary: str
    place: str
    signature: str = ""
    origin: str = "toolkit"
    uses: int = 0
