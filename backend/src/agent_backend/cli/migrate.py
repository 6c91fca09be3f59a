"""Bring the schema of AGENT_BACKEND_DATABASE_URL up to date."""

from __future__ import annotations

import argparse

from agent_backend.cli.configuration import add_config_option
from agent_backend.cli.deployment import database_url
from agent_backend.cli.output import write_event
from agent_backend.storage import migrate


def configure(parser: argparse.ArgumentParser) -> None:
    """The database is named by its setting."""
    add_config_option(parser)


def run(options: argparse.Namespace) -> None:
    """Apply what is missing and say what it was."""
    with database_url(options) as url:
        applied = migrate(url)
    write_event("migrated", applied=[migration.label for migration in applied])
