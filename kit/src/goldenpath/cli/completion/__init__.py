"""`goldenpath completion SHELL`: a script by which a shell completes commands, options and their values."""

from __future__ import annotations

from goldenpath.cli.completion.command import configure, run

__all__ = ["configure", "run"]
