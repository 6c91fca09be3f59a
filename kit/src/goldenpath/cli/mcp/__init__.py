"""The toolkit for coding assistants."""

from __future__ import annotations

from goldenpath.cli.mcp.command import configure, run

__all__ = ["configure", "run"]
