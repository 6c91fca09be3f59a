"""Where a command finds its configuration."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from agent_backend.config import Sources, UnifiedConfigManager


def add_config_option(parser: argparse.ArgumentParser) -> None:
    """Every command takes the same file in the same way."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file of settings (AGENT_BACKEND_CONFIG_FILE)")


def config_manager(options: argparse.Namespace) -> UnifiedConfigManager:
    """The configuration of this process, read when it is first asked for."""
    return UnifiedConfigManager(Sources.of_process(os.environ, options.config))
