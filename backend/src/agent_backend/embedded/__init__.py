"""Stores for a service without configuration: PostgreSQL and Redis from wheels, on a data directory of its own."""

from __future__ import annotations

from agent_backend.embedded.errors import EmbeddedError
from agent_backend.embedded.home import Home
from agent_backend.embedded.programs import check_programs
from agent_backend.embedded.stores import EmbeddedStores, embedded_database, embedded_stores

__all__ = ["EmbeddedError", "EmbeddedStores", "Home", "check_programs", "embedded_database", "embedded_stores"]
