"""The plan and the report for a terminal: 80 columns, ASCII, colour only where it is wanted."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from typing import Final

from goldenpath.probe.checks import CHECKS
from goldenpath.probe.latency import Spread
from goldenpath.probe.ledger import Entry, State
from goldenpath.probe.report import Report
from goldenpath.probe.scenario import Scenario
from goldenpath.probe.scenario_file import builtin_names, load_scenario
from goldenpath.probe.target import Target

WIDTH: Final = 79
SHOWN: Final = 3
"""Findings of one check that are listed; the files hold more."""
WORDS: Final = {State.HELD: "held", State.BROKEN: "BROKEN", State.NOT_SHOWN: "not shown", State.NOT_ASKED: "-"}
COLOURS: Final = {State.HELD: "32", State.BROKEN: "1;31", State.NOT_SHOWN: "33", State.NOT_ASKED: "2"}


def catalogue() -> str:
    """The built-in scenarios and the checks."""
    lines = ["Scenarios:"]
    for name in builtin_names():
        lines += wrapped(load_scenario(name).about, f"  {name:<15} ")
    lines.append("Checks:")
    for check in CHECKS.values():
        lines += wrapped(check.holds, f"  {check.id} {check.name:<15} ")
    return "\n".join(lines) + "\n"


def plan(target: Target, scenario: Scenario, processes: int) -> str:
    """What is about to be done, before it is done."""
    load, faults, limits = scenario.load, scenario.faults, scenario.limits
    users = load.tenants * load.users * processes
    wrong = [
        f"cuts connections after {faults.cut_after} events" if faults.cut_after else "",
        "sends garbage" if faults.garbage else "",
        f"a frame of {faults.oversize:,} bytes" if faults.oversize else "",
        f"a flood of {faults.flood:,} messages" if faults.flood else "",
        "does not read" if faults.slow_reader else "",
    ]
    made = f" in {processes} processes" if processes > 1 else ""
    rate = f"{load.rate * processes:g} questions a second for {load.duration:g} s after a ramp of {load.ramp:g} s"
    rows = {
        "probe": f"{scenario.name} at {target}",
        "contract": scenario.contract,
        "users": f"{users} ({load.tenants * processes} tenants of {load.users}){made}, one connection each",
        "load": f"{rate}, arrivals {load.arrivals}",
        "on purpose": ", ".join(filter(None, wrong)) or "nothing wrong",
        "at most": f"{limits.budget:g} s in all; Ctrl-C ends it and tells what was seen",
    }
    if scenario.login:
        rows["accounts"] = f"throwaway, through {', '.join(step.title for step in scenario.login)}"
    lines = [line for name, text in rows.items() for line in wrapped(text, f"{name:<11}")]
    return "\n".join(lines) + "\n"


def written(report: Report, *, colour: bool = False) -> str:
    """The report."""
    colour = colour and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return "\n".join(_lines(report, colour)) + "\n"


def _lines(report: Report, colour: bool) -> Iterator[str]:
    yield ""
    for check, entry in report.ledger.rows():
        count = f"{entry.kept:,} of {entry.tried:,} {check.counted}" if entry.tried else ""
        word = painted(f"{WORDS[entry.state]:<10}", entry.state, colour)
        if entry.state in {State.HELD, State.BROKEN}:
            yield f"{check.id}  {check.name:<15} {word} {count}".rstrip()
            yield from (line for line in wrapped(entry.reason, " " * 7) if entry.reason)
        else:
            first, *rest = wrapped(entry.reason, " " * 34)
            yield f"{check.id}  {check.name:<15} {word} {first.strip()}"
            yield from rest
        yield from _findings(entry)
    yield from _figures(report)
    verdict = report.verdict
    state = State.HELD if verdict.code == 0 else State.BROKEN
    yield ""
    first, *rest = wrapped(verdict.message, f"{verdict.word.upper()}: ", " " * 2)
    yield painted(first, state, colour)
    yield from rest
    for other in verdict.also:
        yield from wrapped(other, "also: ", " " * 2)
    if verdict.code == 1:
        yield from wrapped("--json and --html FILE hold every finding with its evidence", "", "")


def _findings(entry: Entry) -> Iterator[str]:
    for finding in entry.findings[:SHOWN]:
        yield from wrapped(str(finding), "       > ", " " * 9)
    if entry.broken > SHOWN:
        yield f"         and {entry.broken - min(SHOWN, len(entry.findings)):,} more"


def _figures(report: Report) -> Iterator[str]:
    traffic = report.traffic
    spreads = traffic.latencies.spreads()
    if spreads:
        yield ""
        yield f"{'ms since the question was due':<34} {'count':>6} {'p50':>8} {'p95':>8} {'p99':>8} {'worst':>8}"
        yield from (_spread(what, spread) for what, spread in spreads.items())
    if traffic.offered:
        yield ""
        unended = traffic.offered - traffic.ended
        text = (
            f"{traffic.offered:,} questions over {traffic.connections:,} connections in {traffic.seconds:.1f} s; "
            f"{traffic.rate(traffic.ended):.2f} runs and {traffic.rate(traffic.events):.1f} events a second; "
            f"the probe itself was late by {traffic.late_by * 1000:.0f} ms at worst"
        )
        yield from wrapped(text, "", "")
        if unended:
            yield from wrapped(f"{unended:,} runs that did not end well have no time in the table's last line", "", "")


def _spread(what: str, spread: Spread) -> str:
    values = (spread.p50, spread.p95, spread.p99, spread.worst)
    shown = " ".join(f"{value * 1000:>8.1f}" for value in values)
    name = printable(what)
    name = name if len(name) <= 34 else name[:33] + "~"
    return f"{name:<34} {spread.count:>6,} {shown}"


def wrapped(text: str, head: str, indent: str | None = None) -> list[str]:
    """A text in lines of the terminal's width."""
    rest = " " * len(head) if indent is None else indent
    lines = textwrap.wrap(printable(text), WIDTH, initial_indent=head, subsequent_indent=rest, break_on_hyphens=False)
    return lines or [head.rstrip()]


def painted(text: str, state: State, colour: bool) -> str:
    """The text in the colour of a state."""
    return f"\x1b[{COLOURS[state]}m{text}\x1b[0m" if colour else text


def printable(text: str) -> str:
    """Text in ASCII, and without what could write to the terminal by itself."""
    plain = text.encode("ascii", "backslashreplace").decode()
    return "".join(each if each.isprintable() else "?" for each in plain)
