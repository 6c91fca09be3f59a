"""What the demo shows while it runs: a live table in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol

from goldenpath.cli.demo.check import Check
from goldenpath.cli.demo.outcome import Outcome
from goldenpath.cli.demo.wording import WIDTH, acts, answers, glance, spelled

if TYPE_CHECKING:
    from rich.table import Table

STEPS: Final = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")


class View(Protocol):
    """Where the demo tells what happens."""

    def note(self, line: str) -> None: ...
    def event(self, tenant: str, event: dict[str, Any]) -> None: ...
    def live(self, tenants: Sequence[str]) -> AbstractContextManager[object]: ...
    def summary(self, outcome: Outcome) -> None: ...


def choose(*, plain: bool) -> View:
    """The live view when there is a terminal that can draw it, and rich to draw with; else plain lines."""
    drawable = sys.stdout.isatty() and spelled("✓…", sys.stdout) == "✓…"
    if plain or not drawable or find_spec("rich") is None:
        return PlainView()
    return RichView()


class PlainView:
    """One line per kind of event of each run, for pipes and logs."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def note(self, line: str) -> None:
        self._write(line)

    def event(self, tenant: str, event: dict[str, Any]) -> None:
        kind = event.get("run_id", ""), event["type"]
        if kind in self._seen:
            return
        self._seen.add(kind)
        self._write(f"  {tenant:<8} #{event['seq']} {event['type']:<15} {glance(event)}"[:WIDTH])

    def live(self, tenants: Sequence[str]) -> AbstractContextManager[object]:
        return nullcontext()

    def summary(self, outcome: Outcome) -> None:
        for line in ("", *answers(outcome.journeys), "", *acts(outcome), ""):
            self._write(line)
        for check in outcome.checks():
            self._write(f"  {'ok    ' if check.held else 'FAILED'} {check.tenant or 'all':<8} {check.promise}")
            if not check.held:
                self._write(f"         {check.detail}")

    @staticmethod
    def _write(line: str) -> None:
        sys.stdout.write(spelled(line, sys.stdout) + "\n")
        sys.stdout.flush()


class RichView:
    """A table that fills while the events arrive: a row per event type, a column per tenant."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console()
        self._screen: Live | None = None
        self._tenants: Sequence[str] = ()
        self._seen: dict[tuple[str, str], str] = {}

    def note(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def event(self, tenant: str, event: dict[str, Any]) -> None:
        self._seen[tenant, event["type"]] = f"#{event['seq']} {glance(event)}"
        if self._screen is not None:
            self._screen.update(self._table())

    def live(self, tenants: Sequence[str]) -> AbstractContextManager[object]:
        from rich.live import Live

        self._tenants = tenants
        self._screen = Live(self._table(), console=self._console)
        return self._screen

    def summary(self, outcome: Outcome) -> None:
        from rich.table import Table

        for line in ("", *answers(outcome.journeys), "", *acts(outcome), ""):
            self.note(line)
        table = Table("", *(journey.tenant.name for journey in outcome.journeys), box=None, padding=(0, 1))
        for row in zip(*(journey.checks for journey in outcome.journeys), strict=True):
            table.add_row(row[0].promise, *map(self._mark, row))
        for check in outcome.general:
            table.add_row(check.promise, self._mark(check))
        self._console.print(table)

    @staticmethod
    def _mark(check: Check) -> Any:
        from rich.text import Text

        return Text("✓", "green") if check.held else Text(f"✗ {check.detail}", "red")

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table("event", *self._tenants, expand=True, title="the golden path, live")
        for step in STEPS:
            cells = (self._seen.get((tenant, step), "") for tenant in self._tenants)
            table.add_row(step, *(Text(cell, overflow="ellipsis", no_wrap=True) for cell in cells))
        return table
