"""The values that stand for no value."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Mark(Enum):
    """A value that no caller can pass by accident."""

    UNSET = "not set"
    SELF = "the double itself"
    SNAPSHOT = "copied by a recorder"
    KEYED = "a call with keywords"


UNSET: Final = Mark.UNSET
SELF: Final = Mark.SELF
KEYED: Final = Mark.KEYED
SNAPSHOT: Final = Mark.SNAPSHOT
"""In the memo of a deepcopy: doubles among the arguments are kept, not refused."""
