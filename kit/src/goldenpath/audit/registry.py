"""The import registry: which module each shared symbol is imported from, verified by really importing it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from goldenpath.audit.config import ConfigError

_PROBE: Final = """
import importlib, json, sys
answers = {}
for symbol, module in json.loads(sys.stdin.read()).items():
    try:
        getattr(importlib.import_module(module), symbol)
    except BaseException as error:
        answers[symbol] = f"{type(error).__name__}: {error}"
print("\\n" + json.dumps(answers))
"""


def load_registry(path: Path) -> Mapping[str, str]:
    """The `[symbols]` table of a TOML file: symbol to canonical module."""
    try:
        symbols = tomllib.loads(path.read_text(encoding="utf-8"))["symbols"]
    except FileNotFoundError:
        raise ConfigError(f"[tool.goldenpath.audit] registry: there is no {path}") from None
    except KeyError:
        raise ConfigError(f"{path.name} has no [symbols] table, such as: [symbols] Agent = 'shop.agents'") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} cannot be read: {error}") from None
    for symbol, module in symbols.items():
        if not isinstance(module, str) or not symbol.isidentifier():
            raise ConfigError(f"{path.name}: {symbol} = {module!r} is no symbol and module")
    return dict(symbols)


def verify_registry(registry: Mapping[str, str], root: Path) -> dict[str, str]:
    """Import every symbol from its module in a fresh interpreter at the root; what fails, with its error."""
    answer = subprocess.run(
        [sys.executable, "-c", _PROBE],
        cwd=root,
        input=json.dumps(dict(registry)),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise ConfigError(f"the registry could not be verified: {answer.stderr.strip()}")
    failures: dict[str, str] = json.loads(answer.stdout.splitlines()[-1])
    return failures
