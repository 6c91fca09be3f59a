"""Contracts by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from goldenpath.contracts.ag_ui import AG_UI
from goldenpath.contracts.contract import ContractError, EventContract, nearest
from goldenpath.contracts.contract_file import load_contract
from goldenpath.contracts.golden_path import GOLDEN_PATH

PRESETS: Final[Mapping[str, EventContract]] = {contract.name: contract for contract in (GOLDEN_PATH, AG_UI)}


def contract_named(name: str) -> EventContract:
    """The preset of this name (`golden-path`, or `GOLDEN_PATH` as in Python), or the contract in the TOML file."""
    preset = PRESETS.get(name.lower().replace("_", "-"))
    if preset is not None:
        return preset
    if name.endswith(".toml") or Path(name).is_file():
        return load_contract(name)
    raise ContractError(f"there is no contract {name!r}; {nearest(name, PRESETS)}, or the name of a .toml file")
