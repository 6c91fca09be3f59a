"""The command line: one module per command, imported only when that command is asked for."""

from __future__ import annotations

from goldenpath.cli.main import main

__all__ = ["main"]
