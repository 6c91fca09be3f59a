"""How good or bad something is, in colours that both themes have and signs for those who see none."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Tone(StrEnum):
    """The five tones of a report."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    INFO = "info"
    MUTED = "muted"


SIGNS: Final = {Tone.GOOD: "✓", Tone.BAD: "✕", Tone.WARN: "!", Tone.INFO: "i", Tone.MUTED: "·"}
