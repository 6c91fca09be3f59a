"""Bring the schema of AGENT_BACKEND_DATABASE_URL up to date."""

from __future__ import annotations

import argparse

from agent_backend.cli.output import write_event
from agent_backend.config import DatabaseSettings, load_settings
from agent_backend.storage import migrate


def configure(_: argparse.ArgumentParser) -> None:
    """No options: the database is named by its setting."""


def run(_: argparse.Namespace) -> None:
    """Apply what is missing and say what it was."""
    settings = load_settings(DatabaseSettings)
    applied = migrate(settings.database_url.get_secret_value())
    write_event("migrated", applied=[migration.label for migration in applied])
