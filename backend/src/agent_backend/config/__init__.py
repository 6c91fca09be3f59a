"""Configuration: typed, from the environment, refused whole when any part of it is missing or bad."""

from __future__ import annotations

from agent_backend.config.settings import ConfigError, DatabaseSettings, Settings, load_settings

__all__ = ["ConfigError", "DatabaseSettings", "Settings", "load_settings"]
