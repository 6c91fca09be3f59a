"""What a command cannot do, in one line."""

from __future__ import annotations


class Refusal(Exception):
    """The text names what was wrong and what mends it."""
