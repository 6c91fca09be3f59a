"""Checks, while a workflow runs, what each must keep: the order, whole hand-offs, and one user's data only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from agent_backend.context import Kind, UserExecutionContext, is_id
from agent_backend.workflow.routes import REPORTING, TRIAGE

_ID: Final = re.compile(r"\b(?:ten|usr|thr|run)_[0-9a-f]{32}\b")
_OWN: Final = {Kind.TENANT: "tenant_id", Kind.USER: "user_id", Kind.THREAD: "thread_id", Kind.RUN: "run_id"}


class CoordinationError(Exception):
    """A workflow broke a rule; the text names the step and the rule, and no content."""


class CoordinationValidator:
    """Watches one run of a workflow."""

    def __init__(self, context: UserExecutionContext) -> None:
        self._own = {getattr(context, name) for name in _OWN.values()}
        self._begun: list[str] = []
        self._ended: set[str] = set()
        self._results: dict[str, str] = {}

    def begins(self, step: str, after: Iterable[str], inputs: Mapping[str, Any]) -> None:
        """Before a step: it is new, nothing runs after the report, triage was first, and what it follows has ended."""
        if step in self._begun:
            raise CoordinationError(f"the step {step!r} begins a second time")
        if REPORTING in self._begun:
            raise CoordinationError(f"the step {step!r} begins after {REPORTING}, which is the last")
        if not self._begun and step != TRIAGE:
            raise CoordinationError(f"the step {step!r} begins before {TRIAGE}, which is the first")
        if step == REPORTING and (running := set(self._begun) - self._ended):
            raise CoordinationError(f"{REPORTING} begins while {', '.join(sorted(running))} still works")
        for earlier in after:
            if earlier not in self._ended:
                raise CoordinationError(f"the step {step!r} follows {earlier!r}, which has not ended")
        self._handed_over_whole(step, inputs)
        self._own_only(step, inputs)
        self._begun.append(step)

    def completed(self, step: str, result: Mapping[str, Any]) -> None:
        """After a step: it had begun, and its result names no one else."""
        self._ends(step)
        self._own_only(step, result)
        self._results[step] = _canonical(result)

    def failed(self, step: str) -> None:
        """After a step that raised."""
        self._ends(step)

    def _ends(self, step: str) -> None:
        if step not in self._begun or step in self._ended:
            raise CoordinationError(f"the step {step!r} ends without having begun")
        self._ended.add(step)

    def _handed_over_whole(self, step: str, inputs: Mapping[str, Any]) -> None:
        """What is handed over as an earlier step's result must be that result, unchanged."""
        for earlier, result in inputs.get("results", {}).items():
            if self._results.get(earlier) != _canonical(result):
                raise CoordinationError(f"the step {step!r} is handed something else than {earlier!r} returned")

    def _own_only(self, step: str, values: Mapping[str, Any]) -> None:
        if any(found not in self._own for found in _ids(values)):
            raise CoordinationError(f"the step {step!r} holds an id of another user, tenant, thread or run")


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _ids(values: Any) -> Iterator[str]:
    """Every id in a JSON value, inside of longer texts as well."""
    for found in _ID.findall(_canonical(values)):
        kind = next(kind for kind in _OWN if found.startswith(kind.value))
        if is_id(found, kind):
            yield found
