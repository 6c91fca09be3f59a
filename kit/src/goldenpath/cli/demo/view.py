"""What the demo shows while it runs: a live table in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol

from goldenpath.cli.demo.journey import Journey

if TYPE_CHECKING:
    from rich.table import Table

STEPS: Final = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")
TOLD: Final = {
    "agent_started": ("task",),
    "agent_thinking": ("reasoning",),
    "tool_executing": ("tool_name",),
    "tool_completed": ("duration_ms",),
    "agent_completed": ("result", "text"),
    "agent_error": ("message",),
}
"""The part of each event's payload worth a glance."""
WIDTH: Final = 79
INDENT: Final = "  "
SHOWN: Final = 3
"""How many savings are listed under an answer."""


class View(Protocol):
    """Where the demo tells what happens."""

    def note(self, line: str) -> None: ...
    def event(self, tenant: str, event: dict[str, Any]) -> None: ...
    def live(self, tenants: Sequence[str]) -> AbstractContextManager[object]: ...
    def summary(self, journeys: Sequence[Journey]) -> None: ...


def choose(*, plain: bool) -> View:
    """The live view when there is a terminal and rich to draw on it, else plain lines."""
    if plain or not sys.stdout.isatty() or find_spec("rich") is None:
        return PlainView()
    return RichView()


def glance(event: dict[str, Any]) -> str:
    """One event's gist."""
    told = event.get("payload", {})
    for key in TOLD.get(event["type"], ()):
        told = told.get(key, "")
    return f"{told} ms" if event["type"] == "tool_completed" else " ".join(str(told).split())


def answers(journeys: Sequence[Journey]) -> Iterator[str]:
    """What was asked and answered, with the greatest savings behind it."""
    for journey in journeys:
        for question, result in journey.answers:
            yield f"\n{journey.tenant.name} asks: {question}"
            yield from textwrap.wrap(
                str(result.get("text", "")), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT
            )
            for table in result.get("tables", ()):
                if table["title"] == "Savings":
                    for measure, team, _, calls, saving, risk, *_ in table["rows"][:SHOWN]:
                        yield f"{INDENT}{measure[:38]:<38} {team:<10} {calls:>6} calls {f'${saving}':>9} {risk}"
    yield ""


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
        self._write(f"  {tenant:<8} #{event['seq']} {event['type']:<15} {glance(event)}"[:79])

    def live(self, tenants: Sequence[str]) -> AbstractContextManager[object]:
        return nullcontext()

    def summary(self, journeys: Sequence[Journey]) -> None:
        for line in answers(journeys):
            self._write(line)
        for journey in journeys:
            for check in journey.checks:
                self._write(f"  {'ok    ' if check.held else 'FAILED'} {journey.tenant.name:<8} {check.promise}")
                if not check.held:
                    self._write(f"         {check.detail}")

    @staticmethod
    def _write(line: str) -> None:
        sys.stdout.write(line + "\n")
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
        self._console.print(line, highlight=False, markup=False)

    def event(self, tenant: str, event: dict[str, Any]) -> None:
        self._seen[tenant, event["type"]] = f"#{event['seq']} {glance(event)}"
        if self._screen is not None:
            self._screen.update(self._table())

    def live(self, tenants: Sequence[str]) -> AbstractContextManager[object]:
        from rich.live import Live

        self._tenants = tenants
        self._screen = Live(self._table(), console=self._console)
        return self._screen

    def summary(self, journeys: Sequence[Journey]) -> None:
        from rich.table import Table
        from rich.text import Text

        for line in answers(journeys):
            self._console.print(line, highlight=False, markup=False)
        table = Table("", *(journey.tenant.name for journey in journeys), box=None, padding=(0, 2))
        for row in zip(*(journey.checks for journey in journeys), strict=True):
            marks = (Text("✓", "green") if check.held else Text(f"✗ {check.detail}", "red") for check in row)
            table.add_row(row[0].promise, *marks)
        self._console.print(table)

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table("event", *self._tenants, expand=True, title="the golden path, live")
        for step in STEPS:
            cells = (self._seen.get((tenant, step), "") for tenant in self._tenants)
            table.add_row(step, *(Text(cell, overflow="ellipsis", no_wrap=True) for cell in cells))
        return table
