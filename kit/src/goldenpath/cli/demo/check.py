"""What the demo promises, and whether it held."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One promise: to one tenant, or of the whole."""

    promise: str
    held: bool
    detail: str = ""
    """What was seen, for when it did not hold."""
    tenant: str = ""
