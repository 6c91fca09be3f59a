"""The usage records that the demo's tenants bring: ninety days of a company, made by the backend's own generator."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from goldenpath.cli.demo.journey import Tenant

SEEDS: Final = {"acme": 7, "globex": 11}


def tenants() -> list[Tenant]:
    """The tenants of the demo; the same records in every run."""
    return [Tenant(name, _records(seed)) for name, seed in SEEDS.items()]


def _records(seed: int) -> bytes:
    command = [sys.executable, "-m", "agent_backend.usage", "--seed", str(seed)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
