"""Layer by layer, within a layer what is needed first: running the plan, and accounting for every test of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from goldenpath.runner.delegate import delegate
from goldenpath.runner.events import LayerFinished, LayerStarted, RunEvent, ServiceChanged, TestFinished
from goldenpath.runner.layers import FailFast
from goldenpath.runner.local.executor import LocalExecutor
from goldenpath.runner.record import (
    LayerResult,
    NotRun,
    NotRunReason,
    Outcome,
    Plan,
    PlannedCategory,
    PlannedItem,
    PlannedLayer,
    TestResult,
)
from goldenpath.runner.request import Request
from goldenpath.runner.services import RunServices
from goldenpath.runner.settings import Settings

if TYPE_CHECKING:
    from goldenpath.runner.cluster import ClusterExecutor


@dataclass
class Ledger:
    """What has become of every test so far."""

    results: list[TestResult] = field(default_factory=list)
    not_run: list[NotRun] = field(default_factory=list)
    layers: list[LayerResult] = field(default_factory=list)
    overtime: str = ""
    interrupted: bool = False
    stopped: str = ""


class Levels:
    """Runs a plan."""

    def __init__(
        self,
        request: Request,
        settings: Settings,
        plan: Plan,
        executor: LocalExecutor | ClusterExecutor,
        services: RunServices,
        now: Callable[[], float],
    ) -> None:
        self.ledger = Ledger()
        self._request = request
        self._settings = settings
        self._plan = plan
        self._executor = executor
        self._services = services
        self._now = now
        self._until = monotonic() + request.budget if request.budget else None
        self._failed: set[str] = set()
        """Categories that did not hold."""
        self._halt: tuple[NotRunReason, str] | None = None

    def run(self, items: Sequence[PlannedItem], needy: Callable[[PlannedItem], bool]) -> Iterator[RunEvent]:
        """Run the items of the plan; `needy` tests wait for the services."""
        for layer in self._plan.layers:
            yield from self._layer(layer, [item for item in items if item.layer == layer.name], needy)

    def _layer(
        self, layer: PlannedLayer, items: Sequence[PlannedItem], needy: Callable[[PlannedItem], bool]
    ) -> Iterator[RunEvent]:
        began, first = monotonic(), len(self.ledger.results)
        if self._halt is not None:
            self._leave(items, *self._halt)
            yield LayerFinished(self._account(layer, [], 0.0, self._halt[1]))
            return
        yield LayerStarted(layer.name, len(items), self._now(), layer.budget)
        layer_until = began + (layer.budget or float("inf"))
        self._executor.until = min(layer_until, self._until or layer_until)
        for wave in waves([each for each in self._plan.categories if each.layer == layer.name]):
            yield from self._wave(layer, wave, items, needy)
        result = self._account(layer, self.ledger.results[first:], monotonic() - began)
        if not result.met and layer.fail_fast == FailFast.LAYER and self._halt is None:
            self._halt = NotRunReason.BLOCKED, f"layer {layer.name} did not hold: {result.why}"
        yield LayerFinished(result)

    def _wave(
        self,
        layer: PlannedLayer,
        wave: Sequence[PlannedCategory],
        items: Sequence[PlannedItem],
        needy: Callable[[PlannedItem], bool],
    ) -> Iterator[RunEvent]:
        first = len(self.ledger.results)
        open_categories = {}
        for category in wave:
            blocker = next((need for need in category.needs if need in self._failed), "")
            if blocker and layer.fail_fast != FailFast.NEVER:
                detail = f"category {category.name} needs {blocker}, which did not hold"
                self._leave([item for item in items if item.category == category.name], NotRunReason.BLOCKED, detail)
                self._failed.add(category.name)
            else:
                open_categories[category.name] = category
        mine = [item for item in items if item.category in open_categories]
        served = {name for name, each in open_categories.items() if self._settings.categories.rows[name].services}
        waiting = [item for item in mine if item.category in served or needy(item)]
        later = {item.node_id for item in waiting}
        yield from self._execute(layer, [item for item in mine if item.node_id not in later])
        if waiting:
            yield from map(ServiceChanged, self._services.ready())
            failed = self._services.failed
            if failed:
                self._leave(waiting, NotRunReason.SERVICE, f"service {failed[0].name} did not start")
            else:
                yield from self._execute(layer, waiting)
        for category in open_categories.values():
            if category.command and self._halt is None:
                yield from self._delegate(layer, category)
        self._note_failures(layer, open_categories, first)

    def _execute(self, layer: PlannedLayer, items: Sequence[PlannedItem]) -> Iterator[RunEvent]:
        if not items:
            return
        if self._halt is not None:
            self._leave(items, *self._halt)
            return
        executor, before = self._executor, len(self.ledger.results)
        executor.careful = layer.fail_fast == FailFast.FIRST
        try:
            for event in executor.execute(items):
                if isinstance(event, TestFinished):
                    if self.ledger.interrupted and event.result.outcome is Outcome.CRASHED:
                        continue
                    self.ledger.results.append(event.result)
                    if event.result.outcome.bad and layer.fail_fast == FailFast.FIRST:
                        self._halt = (
                            NotRunReason.FAIL_FAST,
                            f"the run stops at the first failure ({event.result.node_id})",
                        )
                        executor.stop()
                yield event
        except KeyboardInterrupt:
            self.ledger.interrupted = True
            self._halt = NotRunReason.INTERRUPTED, "the run was interrupted"
            yield from self._wind_down()
        self._close(layer, items, self.ledger.results[before:])

    def _wind_down(self) -> Iterator[RunEvent]:
        """After Ctrl-C: what is running is interrupted; its results still count."""
        for event in self._executor.interrupt():
            if not isinstance(event, TestFinished):
                yield event
            elif event.result.outcome is not Outcome.CRASHED:
                self.ledger.results.append(event.result)
                yield event

    def _close(self, layer: PlannedLayer, items: Sequence[PlannedItem], results: Iterable[TestResult]) -> None:
        """Find the reason for what was given and has no result."""
        if self._executor.stopped_by and self._halt is None:
            self.ledger.stopped = self._executor.stopped_by
            self._halt = NotRunReason.INTERRUPTED, f"the session was ended: {self._executor.stopped_by}"
        if self._executor.expired:
            whole = self._until is not None and monotonic() >= self._until
            budget = self._request.budget if whole else layer.budget
            self.ledger.overtime = f"{'the run' if whole else f'layer {layer.name}'} took more than its {budget:g} s"
            if whole:
                self._halt = NotRunReason.BUDGET, self.ledger.overtime
        have = {result.node_id for result in results}
        left = [item for item in items if item.node_id not in have]
        reason = (NotRunReason.BUDGET, self.ledger.overtime) if self._executor.expired else self._halt
        self._leave(left, *(reason or (NotRunReason.LOST, "it was to run, and nobody reported anything")))

    def _delegate(self, layer: PlannedLayer, planned: PlannedCategory) -> Iterator[RunEvent]:
        row = self._settings.categories.rows[planned.name]
        seconds = max(
            1.0, (self._executor.until or monotonic() + layer.budget if layer.budget else 3600.0) - monotonic()
        )
        for result in delegate(row, self._settings.root, self._request.variables, seconds):
            self.ledger.results.append(result)
            yield TestFinished(result)

    def _leave(self, items: Iterable[PlannedItem], reason: NotRunReason, detail: str) -> None:
        self.ledger.not_run += [NotRun(item.node_id, reason, detail, item.category, item.layer) for item in items]

    def _note_failures(self, layer: PlannedLayer, categories: Iterable[str], first: int) -> None:
        results = self.ledger.results[first:]
        for name in categories:
            mine = [result for result in results if result.category == name]
            if _share(mine) < layer.threshold:
                self._failed.add(name)

    def _account(
        self, layer: PlannedLayer, results: Sequence[TestResult], seconds: float, why: str = ""
    ) -> LayerResult:
        executed = [result for result in results if result.outcome.executed]
        failed = sum(result.outcome.bad for result in executed)
        share = _share(executed)
        unfinished = sum(each.layer == layer.name and not each.reason.asked_for for each in self.ledger.not_run)
        if not why and share < layer.threshold:
            why = f"{share:.0%} of its tests passed, {layer.threshold:.0%} must"
        elif not why and unfinished:
            why = f"{unfinished} of its tests were not run"
        account = LayerResult(
            layer.name, len(executed), len(executed) - failed, failed, len(results) - len(executed), seconds,
            layer.budget, layer.threshold, not why, why,
        )  # fmt: skip
        self.ledger.layers.append(account)
        return account


def _share(results: Sequence[TestResult]) -> float:
    executed = [result for result in results if result.outcome.executed]
    return sum(not result.outcome.bad for result in executed) / len(executed) if executed else 1.0


def waves(categories: Sequence[PlannedCategory]) -> list[list[PlannedCategory]]:
    """Categories that may run at once, those after which others come first."""
    rest, found = list(categories), list[list[PlannedCategory]]()
    while rest:
        names = {each.name for each in rest}
        wave = [each for each in rest if not names & set(each.needs)] or rest
        found.append(wave)
        rest = [each for each in rest if each not in wave]
    return found
