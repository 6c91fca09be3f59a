"""The record of what changed in the configuration: who reads it later must see that, when and from where, no secret."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agent_backend.config.names import FIELDS
from agent_backend.config.problem import Origin

MASK: Final = "***"

logger = logging.getLogger("agent_backend.audit")


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One setting before and after; secrets are masked, but that they changed is told."""

    setting: str
    before: str
    after: str
    origin: Origin | None
    at: datetime


def shown(value: Any) -> str:
    """A value as it may be read by anyone."""
    if value is None:
        return "unset"
    return MASK if hasattr(value, "get_secret_value") else str(value)


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], origins: Mapping[str, Origin], at: datetime
) -> list[ConfigChange]:
    """What differs between two readings."""
    return [
        ConfigChange(name, shown(before.get(name)), shown(after.get(name)), origins.get(name), at)
        for name in FIELDS
        if before.get(name) != after.get(name)
    ]


def log_change(change: ConfigChange) -> None:
    """One line of the audit log."""
    logger.info("%s changed from %s to %s (%s)", change.setting, change.before, change.after, change.origin)
