"""What the demo says, in lines of a width that every terminal has."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final, TextIO

from goldenpath.cli.demo.isolation import TENANTS
from goldenpath.cli.demo.journey import Journey
from goldenpath.cli.demo.outcome import Outcome
from goldenpath.reporting.wording import count, seconds

WIDTH: Final = 79
INDENT: Final = "  "
SHOWN: Final = 3
"""How many savings are listed under an answer."""
TOLD: Final = {
    "agent_started": ("task",),
    "agent_thinking": ("reasoning",),
    "tool_executing": ("tool_name",),
    "tool_completed": ("duration_ms",),
    "agent_completed": ("result", "text"),
    "agent_error": ("message",),
}
"""The part of each event's payload worth a glance."""
SPELLED: Final = {"…": "...", "✓": "ok", "✗": "FAILED", "→": "->", "—": "-", "·": "-"}
"""How these are written where there is no Unicode."""


def spelled(line: str, stream: TextIO) -> str:
    """The line in the letters that a stream has."""
    encoding = stream.encoding or "ascii"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        for letter, word in SPELLED.items():
            line = line.replace(letter, word)
        return line.encode(encoding, "replace").decode(encoding)
    return line


def glance(event: dict[str, Any]) -> str:
    """One event's gist."""
    told = event.get("payload", {})
    for key in TOLD.get(event["type"], ()):
        told = told.get(key, "")
    return f"{told} ms" if event["type"] == "tool_completed" else " ".join(str(told).split())


def wrapped(line: str, indent: str = "") -> list[str]:
    """The line, broken where it is too long."""
    return textwrap.wrap(line, WIDTH, initial_indent=indent, subsequent_indent=indent)


def answers(journeys: list[Journey]) -> Iterator[str]:
    """What the first tenant asked and was answered, with the greatest savings behind it; of the others, the end."""
    first, *others = journeys
    for question, result in first.answers:
        yield f"{first.tenant.name} asks: {question}"
        yield from wrapped(str(result.get("text", "")), INDENT)
        for table in result.get("tables", ()):
            if table["title"] == "Savings":
                for measure, team, _, calls, saving, risk, *_ in table["rows"][:SHOWN]:
                    yield f"{INDENT}{measure[:38]:<38} {team:<10} {calls:>5} calls {f'${saving}':>8} {risk}"
    for journey in others:
        yield f"{journey.tenant.name} asked the same of its own {journey.tenant.records:,} records"


def acts(outcome: Outcome) -> Iterator[str]:
    """What happened in each act after the first, in figures."""
    takeover, report, confession = outcome.takeover, outcome.isolation, outcome.confession
    yield from wrapped(
        f"kill -9: {len(takeover.interrupted)} of {count(takeover.clients, 'run')} were under way; "
        f"the {takeover.heir} instance went on after {takeover.seconds:.1f} s of silence"
    )
    for name, had in takeover.interrupted.items():
        journey = next(each for each in outcome.journeys if each.tenant.name == name)
        last = journey.moments[-1].event["seq"]
        if name in takeover.ends:
            yield f"{INDENT}{name:<8} had event {had}, got {had + 1} to {last}, done after {takeover.ends[name]:.1f} s"
    tried = f"{len(report.cells)} cells between {' and '.join(TENANTS)}, {sum(report.searched.values())} places"
    yield from wrapped(
        f"isolation: {tried}, {report.bytes_searched:,} bytes searched: {count(len(report.leaks), 'leak')}"
    )
    found, planted = len(confession.caught), len(confession.planted)
    alarms = count(len(confession.false_alarms), "false alarm")
    yield from wrapped(
        f"audit: {found} of {planted} planted sins found in {confession.tests} tests, {alarms}; "
        f"score {confession.score:.0f} of 100"
    )
    for sin in confession.planted:
        yield f"{INDENT}{'found ' if sin in confession.found else 'MISSED'} {sin.rule} {sin.name:<28} {sin.path}"[
            :WIDTH
        ]


def closing(outcome: Outcome) -> str:
    """The last word."""
    return f"{outcome.held} of {outcome.promised} promises held, in {seconds(outcome.seconds)}"
