"""`goldenpath probe`: a black-box check of a live agent endpoint."""

from __future__ import annotations

from goldenpath.cli.probe.command import configure, run

__all__ = ["configure", "run"]
