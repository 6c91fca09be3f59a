"""`goldenpath man`: the manual page, made from the parsers."""

from __future__ import annotations

from goldenpath.cli.manual.command import configure, run

__all__ = ["configure", "run"]
