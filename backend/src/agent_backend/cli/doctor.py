"""Explain everything that is wrong with the configuration, and try every store."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import Any, Final

from pydantic import SecretStr

from agent_backend.cli.configuration import add_config_option, config_manager
from agent_backend.cli.deployment import wants_embedded
from agent_backend.config import ConfigError, Environment, Problem, UnifiedConfigManager, why
from agent_backend.embedded import EmbeddedError, Home, check_programs
from agent_backend.storage import INSPECTIONS, Finding

EXIT_SOUND: Final = 0
EXIT_PROBLEMS: Final = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """It changes nothing, so there is nothing to choose."""
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print a line per finding; 0 when there is nothing to mend, 1 otherwise."""
    config = config_manager(options)
    problems = config.validate()
    environment = config.says("environment")
    try:
        embedded = environment is Environment.DEVELOPMENT and wants_embedded(problems)
    except ConfigError as error:
        embedded, problems = False, list(error.problems)
    if embedded:
        findings = _embedded()
    else:
        _report_problems(problems)
        if not problems:
            _good("configuration", f"{environment}, nothing to mend")
        findings = asyncio.run(_stores(config, guarded=environment is not None and environment.guarded))
    for finding in findings:
        (_good if finding.ok else _bad)(finding.store, finding.text)
    return EXIT_PROBLEMS if (problems and not embedded) or not all(each.ok for each in findings) else EXIT_SOUND


def _embedded() -> list[Finding]:
    """Without configuration the service brings its own stores: can it, and where would they be?"""
    _good("configuration", "nothing is configured: serve starts stores of its own")
    home = Home.of(os.environ)
    found = []
    try:
        check_programs()
        found.append(Finding("programs", True, "PostgreSQL and Redis can be started"))
    except EmbeddedError as error:
        found.append(Finding("programs", False, str(error)))
    try:
        home.check()
        state = "in use by a running service" if home.in_use() else "free"
        found.append(Finding("data directory", True, f"{home.path}, {state}"))
    except EmbeddedError as error:
        found.append(Finding("data directory", False, str(error)))
    return found


def _report_problems(problems: list[Problem]) -> None:
    for problem in problems:
        reason = why(problem.rule)
        _bad("configuration", f"{problem}{f' [{problem.rule}: {reason}]' if reason else ''}")


async def _stores(config: UnifiedConfigManager, *, guarded: bool) -> list[Finding]:
    """Try each store whose URL can be used at all."""
    found: list[Finding] = []
    for setting, inspect in INSPECTIONS.items():
        url: Any = config.says(setting)
        if isinstance(url, SecretStr):
            found += [finding async for finding in inspect(url.get_secret_value(), encrypted=guarded)]
    return found


def _good(what: str, text: str) -> None:
    sys.stdout.write(f"ok    {what}: {text}\n")


def _bad(what: str, text: str) -> None:
    sys.stdout.write(f"MEND  {what}: {text}\n")
