"""The live view: how far it is, what every worker does, what has failed, when it will be done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, TextIO

from rich.console import Console, ConsoleRenderable, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from goldenpath.reporting.wording import clip, seconds
from goldenpath.runner import events
from goldenpath.runner.events import RunEvent
from goldenpath.runner.faces.plain import died, planned
from goldenpath.runner.faces.summary import summary
from goldenpath.runner.faces.words import OUTCOMES
from goldenpath.runner.history import Forecast
from goldenpath.runner.history.past import Past
from goldenpath.runner.record import ExitCode, Outcome, RunRecord, TestResult

_WORKERS: Final = 16
_PER_SECOND: Final = 8


class LiveFace:
    """A few lines at the bottom of the terminal that are drawn again and again; what failed scrolls above them."""

    def __init__(
        self,
        stream: TextIO,
        pasts: Mapping[str, Past],
        performance: bool = False,
        clock: Callable[[], float] = time.time,
        console: Console | None = None,
    ) -> None:
        self._console = console or Console(file=stream, highlight=False, emoji=False, markup=False)
        self._pasts = dict(pasts)
        self._performance = performance
        self._clock = clock
        self._forecast: Forecast | None = None
        self._plan: events.RunPlanned | None = None
        self._layer: events.LayerStarted | None = None
        self._counts: dict[Outcome, int] = {}
        self._flaky = 0
        self._running: dict[str, tuple[str, float]] = {}
        self._services: dict[str, str] = {}
        self._live = Live(
            console=self._console, get_renderable=self._draw, refresh_per_second=_PER_SECOND, transient=True
        )

    def receive(self, event: RunEvent) -> None:
        """Take note; the terminal follows by itself."""
        match event:
            case events.RunPlanned():
                self._plan = event
                plan = event.plan
                self._forecast = Forecast(plan.tests, plan.predicted, plan.workers, self._pasts)
                self._print(planned(plan), "bold")
                self._live.start()
            case events.LayerStarted():
                self._layer = event
            case events.WorkerStarted():
                self._running.setdefault(event.worker, ("", event.at))
            case events.WorkerDied():
                self._running.pop(event.worker, None)
                self._print(died(event), "bold red")
            case events.TestStarted():
                self._running[event.worker] = (event.node_id, event.at)
            case events.TestRetried():
                self._print(f"↻ {event.result.node_id} is tried again: {event.result.message}", "yellow")
            case events.TestFinished():
                self._finished(event.result)
            case events.LayerFinished():
                if not event.result.met:
                    self._print(f"layer {event.result.name} not met: {event.result.why}", "bold red")
            case events.CollectionFailed():
                self._print(f"✕ not collected  {event.error.path}: {event.error.message}", "bold red")
            case events.ServiceChanged():
                self._services[event.state.name] = event.state.state
                if event.state.state == "failed":
                    self._print(f"service {event.state.name} failed: {event.state.detail}", "bold red")
            case events.Notice():
                self._print(event.text, "yellow" if event.warning else "dim")
            case events.RunFinished():
                self._live.stop()

    def finish(self, record: RunRecord) -> None:
        """The summary stays on the terminal."""
        self._live.stop()
        for line in summary(record, self._pasts, self._performance):
            self._print(line, _style(line, record))

    def _finished(self, result: TestResult) -> None:
        self._counts[result.outcome] = self._counts.get(result.outcome, 0) + 1
        self._flaky += result.flaky
        if self._forecast is not None:
            self._forecast.finished(result.node_id, result.duration)
        if self._running.get(result.worker, ("",))[0] == result.node_id:
            self._running[result.worker] = ("", self._clock())
        if result.outcome.bad:
            word = OUTCOMES[result.outcome]
            self._print(f"{word.sign} {word.label}  {result.node_id}", word.style)
            if result.message:
                self._print(f"    {result.message}", "")

    def _print(self, line: str, style: str) -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)

    def _draw(self) -> ConsoleRenderable:
        if self._plan is None:
            return Text("collecting …", style="dim")
        total, done = self._plan.plan.tests, sum(self._counts.values())
        width = self._console.width
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            ProgressBar(total=max(total, 1), completed=done, width=max(width // 3, 10)), self._figures(done, total)
        )
        workers = Table.grid(padding=(0, 1))
        now = self._clock()
        for name, (node_id, at) in sorted(self._running.items())[:_WORKERS]:
            room = max(width - len(name) - 14, 20)
            took = seconds(max(now - at, 0.0)) if node_id else ""
            workers.add_row(
                Text(name, style="cyan"), Text(took.rjust(9), style="dim"), Text(clip(node_id or "waits", room))
            )
        parts: list[ConsoleRenderable] = [Text(self._where(now), style="bold"), bar, workers]
        if self._services:
            parts.append(
                Text("services: " + ", ".join(f"{name} {state}" for name, state in self._services.items()), "dim")
            )
        return Group(*parts)

    def _figures(self, done: int, total: int) -> Text:
        text = Text(f"{done:,}/{total:,}")
        for outcome, word in OUTCOMES.items():
            if self._counts.get(outcome):
                text.append(f"  {word.sign} {self._counts[outcome]:,}", word.style)
        if self._flaky:
            text.append(f"  ↻ {self._flaky}", "yellow")
        return text

    def _where(self, now: float) -> str:
        assert self._plan is not None
        parts = [self._layer.layer if self._layer else "starting", seconds(max(now - self._plan.at, 0.0))]
        left = self._forecast.remaining() if self._forecast else None
        if left is not None:
            parts.append(f"about {seconds(left)} left")
        return " · ".join(parts)


def _style(line: str, record: RunRecord) -> str:
    if line.startswith(("✕", "☠", "◷")):
        return "bold red"
    if line.startswith("✓"):
        return "bold green" if record.verdict.code == ExitCode.OK else ""
    return "dim" if line.startswith("    │") else ""
