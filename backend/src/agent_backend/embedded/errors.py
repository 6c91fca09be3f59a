"""What keeps the embedded servers from running."""

from __future__ import annotations


class EmbeddedError(Exception):
    """The text names what was wrong and what mends it."""
