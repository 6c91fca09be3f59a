"""Where a provider launches a service: what it may use and what already stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from goldenpath.services.handle import ServiceHandle
from goldenpath.services.keeper import Keeper


@dataclass(frozen=True)
class Site:
    """The stack as a provider sees it."""

    keeper: Keeper
    environ: Mapping[str, str]
    handles: Mapping[str, ServiceHandle]
