"""The report as one page, in the design of every report of the house."""

from __future__ import annotations

from typing import Final

from goldenpath import __version__
from goldenpath.probe.checks import Check
from goldenpath.probe.ledger import Entry, State
from goldenpath.probe.report import Report
from goldenpath.reporting import SIGNS, Headline, Incident, Markup, Page, Section, Tile, Tone, element, join, table
from goldenpath.reporting import render_page as render
from goldenpath.reporting.charts import Bar, Part, bars, stack
from goldenpath.reporting.wording import clip, count, seconds

TONES: Final = {
    State.HELD: Tone.GOOD,
    State.BROKEN: Tone.BAD,
    State.NOT_SHOWN: Tone.WARN,
    State.NOT_ASKED: Tone.MUTED,
}

NAME: Final = 40
"""Characters of an event type that are shown."""
ROOM: Final = "display:inline-block;min-width:8.5em"
"""A narrow window takes room from the other column, whose text bears it."""


def page(report: Report) -> str:
    """The whole file."""
    verdict, rows = report.verdict, report.ledger.rows()
    by_state = {state: [row for row in rows if row[1].state is state] for state in State}
    tone = Tone.GOOD if verdict.code == 0 else Tone.BAD if verdict.code in {1, 5} else Tone.WARN
    parts = [Part(state.value, len(found), TONES[state]) for state, found in by_state.items()]
    return render(
        Page(
            kind="probe",
            title=report.title,
            subtitle=f"contract {report.scenario.contract}",
            headline=Headline(tone, verdict.word, verdict.message, verdict.also, f"exit {int(verdict.code)}"),
            tiles=_tiles(report),
            banner=stack(parts, "checks by what can be said of them"),
            sections=_sections(report, by_state),
            footer=f"goldenpath {__version__}, seed {report.seed}, {seconds(report.seconds)} in all",
        )
    )


def _tiles(report: Report) -> list[Tile]:
    traffic, spreads = report.traffic, report.traffic.latencies.spreads()
    first = next(iter(spreads.values()), None)
    tiles = [
        Tile("connections", f"{traffic.connections:,}", note=f"in {count(report.processes, 'process', 'processes')}"),
        Tile("questions", f"{traffic.offered:,}", note=f"{traffic.ended:,} ended well"),
        Tile("throughput", f"{traffic.rate(traffic.ended):.2f}/s", note=f"{traffic.rate(traffic.events):.1f} events/s"),
    ]
    if first is not None:
        tiles.append(Tile("first event, p95", seconds(first.p95), note=f"p50 {seconds(first.p50)}"))
    return tiles


def _sections(report: Report, by_state: dict[State, list[tuple[Check, Entry]]]) -> list[Section]:
    broken, unshown = by_state[State.BROKEN], by_state[State.NOT_SHOWN]
    sections = []
    if broken:
        cards = join(_card(check, entry) for check, entry in broken)
        lead = "What did not hold, the first of each kind with its evidence."
        sections.append(Section("findings", "Findings", cards, len(broken), Tone.BAD, lead))
    if unshown:
        body = table(["check", "asked", "why nothing can be said"], [_unshown(*row) for row in unshown])
        sections.append(Section("not-shown", "Not shown", body, len(unshown), Tone.WARN))
    rows = [_row(check, entry) for check, entry in report.ledger.rows()]
    headings = ["check, and what is true where it holds", "held"]
    sections.append(Section("checks", "Checks", table(headings, rows), len(rows)))
    sections += _latency(report)
    return sections


def _card(check: Check, entry: Entry) -> Markup:
    first = entry.findings[0]
    others = [f"{each}\n{each.evidence}".rstrip() for each in entry.findings]
    more = entry.broken - len(entry.findings)
    text = "\n\n".join([*others, *([f"and {more:,} more"] if more else [])])
    facts = (check.holds, f"{entry.broken:,} of {entry.tried:,} {check.counted} did not")
    title, folded = f"{check.id} {check.name}", "findings and evidence"
    return Incident(title, str(first), "broken", facts=facts, text=text, folded=folded).render()


def _unshown(check: Check, entry: Entry) -> list[object]:
    return [_name(check, entry), check.holds, entry.reason]


def _row(check: Check, entry: Entry) -> list[object]:
    counted = f"{entry.kept:,} of {entry.tried:,} {check.counted}" if entry.tried else entry.state.value
    reason = f": {entry.reason}" if entry.reason else ""
    held = element("span", {"style": ROOM}, f"{counted}{reason}")
    return [join([_name(check, entry), element("br"), element("small", None, check.holds)]), held]


def _name(check: Check, entry: Entry) -> Markup:
    tone = TONES[entry.state]
    told = {"class": f"word tone-{tone}", "title": entry.state.value}
    return element("span", told, f"{SIGNS[tone]} ", element("code", None, check.id), f" {check.name}")


def _latency(report: Report) -> list[Section]:
    spreads = report.traffic.latencies.spreads()
    if not spreads:
        return []
    rows = [
        [clip(what, NAME), f"{each.count:,}", *(seconds(value) for value in (each.p50, each.p95, each.p99, each.worst))]
        for what, each in spreads.items()
    ]
    chart = bars(
        [
            Bar(clip(what, NAME), each.p95, f"p95 {seconds(each.p95)}", f"p50 {seconds(each.p50)}", mark=each.p50)
            for what, each in spreads.items()
        ]
    )
    lead = (
        "From the moment a question was due, not from when it could be sent: a stall counts for every question that "
        f"was due meanwhile. The probe itself was late by {seconds(report.traffic.late_by)} at worst."
    )
    body = join([table(["", "count", "p50", "p95", "p99", "worst"], rows, numbers=(1, 2, 3, 4, 5)), chart])
    return [Section("latency", "Latency", body, lead=lead)]
