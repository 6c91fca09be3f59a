"""A project takes up the toolkit."""

from __future__ import annotations

from goldenpath.cli.init.command import configure, run

__all__ = ["configure", "run"]
