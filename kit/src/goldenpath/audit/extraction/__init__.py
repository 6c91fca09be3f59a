"""From a file's bytes to its facts, in one pass."""

from __future__ import annotations

from goldenpath.audit.extraction.reading import LARGEST, facts_of, interpreter

__all__ = ["LARGEST", "facts_of", "interpreter"]
