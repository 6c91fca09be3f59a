"""The command line: `agent-backend serve` and `agent-backend migrate`."""

from __future__ import annotations

from agent_backend.cli.main import main

__all__ = ["main"]
