"""The engines of all users on this instance: made for a user's first run, dropped when many others came since."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from agent_backend.context import Principal
from agent_backend.execution.engine import EngineParts, RunReport, UserExecutionEngine
from agent_backend.execution.steps import Workflow
from agent_backend.storage import Claim

KEPT: Final = 1000
"""How many users without a run are remembered."""


class ExecutionEngines:
    """Finds the engine of a run's user."""

    def __init__(self, parts: EngineParts, kept: int = KEPT) -> None:
        self._parts = parts
        self._kept = kept
        self._engines: OrderedDict[Principal, UserExecutionEngine] = OrderedDict()

    def of(self, principal: Principal) -> UserExecutionEngine:
        """The engine of a user."""
        engine = self._engines.setdefault(principal, UserExecutionEngine(principal, self._parts))
        self._engines.move_to_end(principal)
        return engine

    async def execute(self, claim: Claim, workflow: Workflow) -> RunReport:
        """Work on a run by the engine of its user."""
        try:
            return await self.of(claim.context.principal).execute(claim, workflow)
        finally:
            await self._drop_idle()

    def cancel(self, principal: Principal, run_id: str) -> bool:
        """End a run that is worked on here; False when there is none."""
        engine = self._engines.get(principal)
        return engine is not None and engine.cancel(run_id)

    def statistics(self) -> dict[str, Any]:
        """How many users and runs there are here, and what the tracker has counted."""
        running = sum(len(engine.running) for engine in self._engines.values())
        return {"users": len(self._engines), "running": running, **self._parts.tracker.metrics()}

    async def cleanup(self) -> None:
        """Let go of every run; may be called again."""
        engines, self._engines = list(self._engines.values()), OrderedDict()
        for engine in engines:
            await engine.cleanup()

    async def _drop_idle(self) -> None:
        """The longest idle ones first; a user who has something running stays."""
        idle = [principal for principal, engine in self._engines.items() if not engine.running]
        for principal in idle[: max(len(self._engines) - self._kept, 0)]:
            await self._engines.pop(principal).cleanup()
