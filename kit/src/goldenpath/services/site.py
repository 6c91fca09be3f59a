"""Where a provider launches a service: what it may use and what already stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from goldenpath.services.handle import ServiceHandle
from goldenpath.services.keeper import Keeper
from goldenpath.services.program import Program


@dataclass(frozen=True)
class Site:
    """The stack as a provider sees it."""

    keeper: Keeper
    environ: Mapping[str, str]
    handles: Mapping[str, ServiceHandle]

    @property
    def identity(self) -> str:
        """What no other stack is called."""
        return self.keeper.directory.name

    def program(self, name: str) -> Program:
        """A program of this stack, to be launched."""
        return Program(self.keeper, name)
