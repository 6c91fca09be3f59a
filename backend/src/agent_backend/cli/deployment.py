"""What a command works on: the stores that are configured, or embedded ones when nothing is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_backend.cli.configuration import config_manager
from agent_backend.config import ConfigError, Environment, Problem, Sources, UnifiedConfigManager
from agent_backend.embedded import EmbeddedStores, embedded_database, embedded_stores

ESSENTIAL: Final = frozenset({"database.url", "redis.url", "security.secret_key"})
"""Where all of these are left out, the service brings its own; where only some are, the rest was forgotten."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A configuration that can be used, the variables that processes below need, and the embedded stores, if any."""

    config: UnifiedConfigManager
    variables: dict[str, str]
    embedded: EmbeddedStores | None


def wants_embedded(problems: list[Problem]) -> bool:
    """Whether nothing is configured; raises ConfigError when something is, but wrongly."""
    missing = {problem.setting for problem in problems if problem.rule == "missing"}
    if missing != ESSENTIAL:
        return False
    if others := [problem for problem in problems if problem.rule != "missing"]:
        raise ConfigError(others)
    return True


@contextmanager
def deployment(options: argparse.Namespace, *, shared: bool = False) -> Iterator[Deployment]:
    """What the configuration names; without any, embedded stores for as long as this lasts. Raises ConfigError."""
    config = config_manager(options)
    if not _embeds(config):
        config.get_config()
        yield Deployment(config, {}, None)
        return
    with embedded_stores(os.environ, shared=shared) as stores:
        yield Deployment(_with(stores.variables(), options.config), stores.variables(), stores)


@contextmanager
def database_url(options: argparse.Namespace) -> Iterator[str]:
    """The database alone, for commands that need no more; without configuration that of the data directory."""
    config = config_manager(options)
    if _embeds(config):
        with embedded_database(os.environ) as url:
            yield url
    else:
        yield config.require("database.url").get_secret_value()


def _embeds(config: UnifiedConfigManager) -> bool:
    return config.says("environment") is Environment.DEVELOPMENT and wants_embedded(config.validate())


def _with(variables: dict[str, str], config_file: Path | None) -> UnifiedConfigManager:
    return UnifiedConfigManager(Sources.of_process(variables | dict(os.environ), config_file))
