"""A run from its first moment to its verdict. The process that does this never imports what it judges."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from goldenpath.runner.completeness import unreported
from goldenpath.runner.coverage import total_coverage
from goldenpath.runner.events import (
    CollectionFailed,
    Notice,
    RunEvent,
    RunFinished,
    RunPlanned,
    ServiceChanged,
    TestFinished,
)
from goldenpath.runner.evidence import EvidenceWriter
from goldenpath.runner.history import TestHistory
from goldenpath.runner.interrupts import Interrupts
from goldenpath.runner.levels import Ledger, Levels
from goldenpath.runner.local.executor import Limits, LocalExecutor, WorkersFailed
from goldenpath.runner.local.host import HostFailed
from goldenpath.runner.local.nursery import Nursery, Way
from goldenpath.runner.opened import Opened
from goldenpath.runner.plan import ASKED_FOR
from goldenpath.runner.record import Asked, NotRun, NotRunReason, Plan, RunRecord, WorkerRecord
from goldenpath.runner.request import Request
from goldenpath.runner.seams import Face
from goldenpath.runner.services import RunServices
from goldenpath.runner.settings import Settings
from goldenpath.runner.stage import NotCollected, Staged, narrowed, stage
from goldenpath.runner.verdict import Facts, judge

if TYPE_CHECKING:
    from goldenpath.runner.cluster import ClusterExecutor
    from goldenpath.runner.cluster.staging import Gathering


@dataclass
class Run:
    """One run."""

    request: Request
    settings: Settings
    history: TestHistory
    faces: Sequence[Face] = ()
    now: Callable[[], float] = time
    arguments: tuple[str, ...] = ()
    """The command line, for the record."""
    _notices: list[str] = field(default_factory=list)
    _unproved: str = ""
    _writer: EvidenceWriter | None = None
    _gathering: Gathering | None = None

    def go(self, opened: Opened) -> RunRecord:
        """Do it all; only a `UsageError` is raised, everything else is in the verdict."""
        started, run_id, asked = opened.started, opened.run_id, self._asked()
        if self.request.cluster:
            from goldenpath.runner.cluster.staging import Gathering

            self._gathering = Gathering(opened.opening, self.request, self.settings)
        try:
            try:
                staged = stage(opened, self.request, self.settings, self.history, self._notice)
            except NotCollected as error:
                self._tell(CollectionFailed(error.error))
                facts = Facts(collection_errors=[error.error])
                self._open_evidence(run_id, asked, started)
                return self._finish(RunRecord(run_id, asked, Plan(), judge(facts), started, self.now(),
                                              collection_errors=[error.error]), facts)  # fmt: skip
            self._open_evidence(run_id, asked, started)
            self._promise(staged)
            return self._conduct(staged, run_id, asked, started, opened.folder)
        finally:
            if self._gathering is not None:
                self._gathering.leave()
            if self._writer is not None:
                self._writer.abandon()

    def _conduct(self, staged: Staged, run_id: str, asked: Asked, started: float, folder: Path) -> RunRecord:
        for error in staged.collected.errors:
            self._tell(CollectionFailed(error))
        services = RunServices(staged.plan.services, run_id, docker=not self.request.no_docker)
        executor, nursery = self._executor(staged)
        plan = replace(staged.plan, workers=nursery.workers)
        self._tell(RunPlanned(run_id, plan, self.now()))
        with Interrupts() as interrupts:
            levels = Levels(self.request, self.settings, plan, executor, services, self.now, interrupts)
            failed = self._execute(staged, levels, executor, services)
        self._tell(RunFinished(self.now()))
        ledger = levels.ledger
        ledger.not_run += [*staged.selection.not_run, *staged.missing]
        coverage = total_coverage(folder, self.settings.root) if self.request.coverage else None
        facts = self._facts(staged, ledger, services, nursery, failed, coverage)
        record = RunRecord(
            run_id=run_id,
            asked=asked,
            plan=plan,
            verdict=judge(facts),
            started=started,
            finished=self.now(),
            census_digest=staged.promise.digest,
            census_tests=staged.promise.tests,
            collected=len(staged.collected.items),
            results=ledger.results,
            not_run=ledger.not_run,
            collection_errors=staged.collected.errors,
            layers=ledger.layers,
            services=list(services.states.values()),
            workers=_merged(executor.records()),
            environment={
                "env": self.request.env,
                "system": f"{platform.system()} {platform.machine()}",
                "host": platform.node(),
            },
            tools=staged.collected.tools,
            coverage=coverage,
        )
        if nursery.text.strip():
            self._notice(nursery.text.strip())
        self.history.learn(ledger.results)
        return self._finish(record, facts)

    def _execute(
        self, staged: Staged, levels: Levels, executor: LocalExecutor | ClusterExecutor, services: RunServices
    ) -> str:
        """Run the levels; what kept the workers from it, or nothing."""
        needy = {item.node_id for item in staged.collected.items if item.services}
        failed = ""
        try:
            for state in services.start():
                self._tell(ServiceChanged(state))
            with executor:
                try:
                    for event in levels.run(staged.selection.items, lambda item: item.node_id in needy):
                        self._tell(event)
                except (WorkersFailed, HostFailed) as error:
                    failed = str(error)
        finally:
            for state in services.stop():
                self._tell(ServiceChanged(state))
        return failed

    def _executor(self, staged: Staged) -> tuple[LocalExecutor | ClusterExecutor, Nursery]:
        if self.request.cluster:
            assert self._gathering is not None
            return self._gathering.executor(staged)
        workers = max(1, min(self.request.workers, len(staged.selection.items)))
        if staged.opening.interactive and workers > 1:
            self._notice("a debugger or uncaptured output was asked for, so one process runs everything")
            workers = 1
        way = Way.SOLO if workers == 1 else Way.FORK
        if way is Way.FORK and staged.collected.fork_unsafe:
            way = Way.SPAWN
            self._notice(f"workers are started afresh instead of forked: {staged.collected.fork_unsafe}")
        nursery = Nursery(staged.host, staged.collected, staged.opening, workers, way)
        timeout = None if staged.opening.interactive else self.request.timeout or self.settings.timeout
        return LocalExecutor(nursery, Limits(self.settings.tokens, timeout)), nursery

    def _facts(
        self,
        staged: Staged,
        ledger: Ledger,
        services: RunServices,
        nursery: Nursery,
        failed: str,
        coverage: float | None,
    ) -> Facts:
        items = [item.node_id for item in staged.selection.items]
        for node_id in unreported(items, (result.node_id for result in ledger.results), ledger.not_run):
            ledger.not_run.append(NotRun(node_id, NotRunReason.LOST, failed or "nobody reported anything of it"))
        selected = set(items)
        return Facts(
            results=ledger.results,
            not_run=ledger.not_run,
            collection_errors=staged.collected.errors,
            layers=ledger.layers,
            services=list(services.states.values()),
            empty=[item.node_id for item in staged.collected.items if item.empty and item.node_id in selected],
            barren=[
                each.name
                for each in staged.plan.categories
                if each.why == ASKED_FOR and not each.command and each.name not in staged.categories
            ],
            collected=sum(map(len, (staged.collected.items, staged.collected.deselected, staged.collected.vanished))),
            selected=len(items),
            asked=narrowed(self.request),
            overtime=ledger.overtime,
            interrupted=ledger.interrupted,
            stopped=ledger.stopped,
            exit_status=0 if ledger.interrupted or ledger.stopped else nursery.exit_status,
            plugins=nursery.text,
            coverage=coverage,
            min_coverage=self.request.min_coverage,
            forbid_skips=self.request.forbid_skips,
            resumed=bool(self.request.resume_from),
            workers_failed=failed,
        )

    def _finish(self, record: RunRecord, facts: Facts) -> RunRecord:
        """Seal the evidence, then show the record; a run that cannot be proved is not green."""
        record = replace(record, notices=tuple(self._notices))
        if self._writer is not None:
            path = self._writer.path
            with self._proving():
                record = replace(record, digest=self._writer.seal(record), evidence=str(path))
        if self._unproved:
            record = replace(record, verdict=judge(replace(facts, unproved=self._unproved)))
        for face in self.faces:
            face.finish(record)
        return record

    def _open_evidence(self, run_id: str, asked: Asked, started: float) -> None:
        with self._proving():
            self._writer = EvidenceWriter(self.settings.folder / "evidence", run_id, asked, started)

    def _promise(self, staged: Staged) -> None:
        if self._writer is not None:
            collected = staged.collected
            with self._proving():
                self._writer.census(staged.promise.digest, staged.promise.tests, len(collected.items), collected.tools)

    @contextmanager
    def _proving(self) -> Iterator[None]:
        """Go on where evidence cannot be written: the run ends in its own time, and is not green."""
        try:
            yield
        except OSError as error:
            self._unproved = f"the evidence could not be written: {error.strerror or error}"
            self._writer = None

    def _tell(self, event: RunEvent) -> None:
        if isinstance(event, TestFinished) and self._writer is not None:
            with self._proving():
                self._writer.result(event.result)
        if isinstance(event, Notice):
            self._notices.append(event.text)
        for face in self.faces:
            face.receive(event)

    def _notice(self, text: str) -> None:
        self._tell(Notice(text))

    def _asked(self) -> Asked:
        request = self.request
        return Asked(
            self.arguments,
            request.mode,
            request.env,
            request.categories,
            request.layers,
            str(request.shard or ""),
            request.options,
        )


def _merged(workers: Iterable[WorkerRecord]) -> list[WorkerRecord]:
    """Workers that died and were replaced stay rows of their own; those that never ran anything are left out."""
    return [worker for worker in workers if worker.tests or worker.died]
