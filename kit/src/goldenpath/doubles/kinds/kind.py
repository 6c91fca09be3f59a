"""What a kind of double consists of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing the factory makes: its name, its built-in interface, and what it does when nobody scripts it."""

    name: str
    interface: type
    behaviour: type
