"""The names an environment can have, and the spellings each goes by."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from goldenpath.environment.faults import UnknownEnvironmentName

SPELLINGS: Final = {
    "test": "test",
    "testing": "test",
    "dev": "dev",
    "development": "dev",
    "staging": "staging",
    "prod": "prod",
    "production": "prod",
}
"""What may be written, and the one name it stands for."""


def canonical_name(written: str | None, variable: str) -> str:
    """The one name of an environment: an unknown one is refused, because a guess may end in production."""
    if written in SPELLINGS:
        return SPELLINGS[written]
    expected = f"expected one of: {', '.join(SPELLINGS)}"
    if written is None:
        raise UnknownEnvironmentName(f"{variable} is not set, so the environment has no name; {expected}")
    near = get_close_matches(written.lower(), SPELLINGS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UnknownEnvironmentName(f"{variable}={written!r} names no known environment{hint} ({expected})")
