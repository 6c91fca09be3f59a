"""The schema as numbered SQL files, each applied once, in order, whole or not at all."""

from __future__ import annotations

from agent_backend.storage.migrations.migration import (
    Migration,
    MigrationError,
    check_current,
    migrate,
    read_migrations,
)

__all__ = ["Migration", "MigrationError", "check_current", "migrate", "read_migrations"]
