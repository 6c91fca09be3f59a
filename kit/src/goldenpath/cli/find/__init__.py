"""Look for what exists already, before it is written once more."""

from __future__ import annotations

from goldenpath.cli.find.command import configure, run

__all__ = ["configure", "run"]
