"""What a kind of double consists of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing the factory makes: its name, and its built-in interface."""

    name: str
    interface: type
