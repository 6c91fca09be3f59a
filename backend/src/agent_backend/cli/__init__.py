"""The command line: `agent-backend serve`, `migrate`, `user add`, `usage import`, `usage sync` and `doctor`."""

from __future__ import annotations

from agent_backend.cli.main import main

__all__ = ["main"]
