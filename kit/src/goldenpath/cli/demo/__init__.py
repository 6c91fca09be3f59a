"""`goldenpath demo`: the golden path of several tenants at once, on real services, checked while you watch."""

from __future__ import annotations

from goldenpath.cli.demo.command import configure, run

__all__ = ["configure", "run"]
