"""What the instances of the service tell of themselves, for whoever runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from agent_backend.storage.database import DatabaseManager

FORGET: Final = timedelta(minutes=1)
"""An instance that has told nothing for so long is gone."""

_TELL: Final = "SELECT tell_of_instance(%s, %s::jsonb, %s)"
_FORGET: Final = "SELECT forget_instance(%s)"
_TOLD: Final = "SELECT * FROM told_instances()"


@dataclass(frozen=True, slots=True)
class ToldInstance:
    """One instance, and how long ago it told this."""

    instance: str
    silent_seconds: float
    report: Mapping[str, Any]


class InstanceStore:
    """Keeps the latest report of every instance."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database

    async def tell(self, instance: str, report: Mapping[str, Any]) -> None:
        """Replace what this instance told before."""
        await self._database.call(_TELL, [instance, json.dumps(report), FORGET])

    async def forget(self, instance: str) -> None:
        """This instance has stopped."""
        await self._database.call(_FORGET, [instance])

    async def told(self) -> list[ToldInstance]:
        """Every instance that lives, or has not been silent for long."""
        return [ToldInstance(*row) for row in await self._database.call(_TOLD, [])]
