"""Configurations in real places: variables, mounted directories, files, and processes that read them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PATIENCE: Final = 60.0
KEY: Final = "Vb8qZr1LkXw5TnYc7JdPfGsMeUoAiHtR"
OTHER_KEY: Final = "cK9wQm4ZtB7xVn2RsLp8YfJd3GhUaEoT"
LONG_KEY: Final = f"{KEY}{OTHER_KEY}"
PASSWORDS: Final = {"DATABASE_URL": "Rk7uXw2Lq9Ze", "REDIS_URL": "Tn4vHs8Jc1Yb", "CLICKHOUSE_URL": "Gd6pMf3Wa5Xo"}
SHARED: Final = {
    "DATABASE_URL": f"postgresql://agents:{PASSWORDS['DATABASE_URL']}@db.internal/agents",
    "REDIS_URL": f"redis://:{PASSWORDS['REDIS_URL']}@cache.internal/0",
    "CLICKHOUSE_URL": f"clickhouse://agents:{PASSWORDS['CLICKHOUSE_URL']}@olap.internal/usage",
    "SECRET_KEY": KEY,
}
"""Stores that many machines share, and a key: what staging and production ask for."""


def named(settings: Mapping[str, str]) -> dict[str, str]:
    """The variables of these settings."""
    return {f"AGENT_BACKEND_{name}": value for name, value in settings.items()}


def mounted(directory: Path, settings: Mapping[str, str]) -> Path:
    """A directory with a file per secret, as orchestrators mount it."""
    directory.mkdir(exist_ok=True)
    for name, value in named(settings).items():
        (directory / name).write_text(f"{value}\n")
    return directory


def replaced(path: Path, text: str) -> Path:
    """A file that is written whole or not at all, as whoever deploys does it."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)
    return path


def agent_backend(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own that has these settings and no others; one that serves is ended."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AGENT_BACKEND_")}
    return subprocess.run(
        [sys.executable, "-m", "agent_backend", *words],
        env=inherited | named(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
