"""The demo as a page: the promises, what happened when, the takeover, the isolation matrix, the sins, the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any, Final

from goldenpath import __version__
from goldenpath.cli.demo.check import Check
from goldenpath.cli.demo.journey import Journey
from goldenpath.cli.demo.outcome import Outcome
from goldenpath.reporting import Headline, Incident, Markup, Page, Section, Tile, Tone, element, join, table, word
from goldenpath.reporting.charts import Bar, Lane, Part, Span, bars, stack, timeline
from goldenpath.reporting.wording import count, seconds

SILENCE: Final = 1.0
"""Seconds without an event that are drawn as a silence."""
ALL: Final = "all"


def demo_page(outcome: Outcome) -> Page:
    """The whole report."""
    broken = [check for check in outcome.checks() if not check.held]
    sections = [
        _failures(broken) if broken else None,
        _promises(outcome),
        _timeline(outcome),
        _takeover(outcome),
        _isolation(outcome),
        _sins(outcome),
        _answers(outcome),
    ]
    return Page(
        kind="demo",
        title=f"{outcome.held} of {outcome.promised} promises held",
        subtitle=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        headline=_headline(outcome),
        tiles=list(_tiles(outcome)),
        banner=stack(
            [Part("held", outcome.held, Tone.GOOD), Part("broken", outcome.promised - outcome.held, Tone.BAD)],
            f"{outcome.held} of {outcome.promised} promises held",
        ),
        sections=[section for section in sections if section is not None],
        footer=f"goldenpath {__version__} demo. Every figure on this page was measured in this one run.",
    )


def _headline(outcome: Outcome) -> Headline:
    message = (
        f"{count(len(outcome.journeys), 'tenant')} walked the golden path on two instances of the reference backend; "
        f"one instance was killed with kill -9 in the middle, and the other took over."
    )
    if outcome.ok:
        return Headline(Tone.GOOD, "Every promise held", message, code="exit 0")
    return Headline(Tone.BAD, "A promise was broken", message, code="exit 1")


def _tiles(outcome: Outcome) -> Iterator[Tile]:
    report, confession = outcome.isolation, outcome.confession
    records = sum(journey.tenant.records for journey in outcome.journeys)
    yield Tile("events", f"{outcome.events:,}", Tone.MUTED, f"streamed about {records:,} records")
    yield Tile("takeover", seconds(outcome.takeover.seconds), Tone.MUTED, "of silence after kill -9")
    leaks = len(report.leaks)
    yield Tile(
        "leaks", f"{leaks}", Tone.GOOD if report.ok else Tone.BAD, f"in {report.bytes_searched:,} bytes searched"
    )
    found, planted = len(confession.caught), len(confession.planted)
    yield Tile("sins found", f"{found} of {planted}", Tone.GOOD if found == planted else Tone.BAD)
    yield Tile("time", seconds(outcome.seconds), Tone.MUTED, "services started and all")


def _failures(broken: list[Check]) -> Section:
    incidents = [
        Incident(check.promise, check.detail, label="broken", place=check.tenant or ALL).render() for check in broken
    ]
    return Section("failures", "Broken promises", join(incidents), len(broken), Tone.BAD)


def _promises(outcome: Outcome) -> Section:
    names = [journey.tenant.name for journey in outcome.journeys]
    rows: list[list[object]] = [
        [row[0].promise, *map(_mark, row)] for row in zip(*(each.checks for each in outcome.journeys), strict=True)
    ]
    tone = Tone.GOOD if outcome.ok else Tone.BAD
    general = table(["of the whole", ""], [[check.promise, _mark(check)] for check in outcome.general])
    body = join([table(["to each tenant", *names], rows), general])
    return Section("promises", "Promises", body, outcome.promised, tone)


def _mark(check: Check) -> Markup:
    return word("held", Tone.GOOD) if check.held else word("broken", Tone.BAD)


def _timeline(outcome: Outcome) -> Section | None:
    times = [moment.at for journey in outcome.journeys for moment in journey.moments]
    if not times:
        return None
    start, end = min(times), max(times)
    died = outcome.takeover.at - start
    lanes = [
        Lane(outcome.takeover.victim, [Span(0.0, died, "alive until kill -9", Tone.INFO)], "instance, killed"),
        Lane(outcome.takeover.heir, [Span(0.0, end - start, "alive", Tone.INFO)], "instance"),
        *(
            Lane(journey.tenant.name, list(_spans(journey, start)), f"{len(journey.moments)} events")
            for journey in outcome.journeys
        ),
    ]
    body = timeline(lanes, end - start, "when each instance lived and each tenant heard something")
    lead = f"Green: a tenant hears events. Amber: more than {seconds(SILENCE)} of silence within a run."
    return Section("timeline", "What happened when", body, lead=lead)


def _spans(journey: Journey, start: float) -> Iterator[Span]:
    for _, run in groupby(journey.moments, key=lambda moment: moment.event["run_id"]):
        for one, other in pairwise(list(run)):
            tone = Tone.WARN if other.at - one.at > SILENCE else Tone.GOOD
            yield Span(one.at - start, other.at - one.at, f"{one.event['type']} #{one.event['seq']}", tone)


def _takeover(outcome: Outcome) -> Section:
    takeover = outcome.takeover
    rows: list[list[object]] = []
    for journey in outcome.journeys:
        name = journey.tenant.name
        if name not in takeover.interrupted:
            rows.append([name, "had ended before", "", "", ""])
            continue
        had, last = takeover.interrupted[name], journey.moments[-1].event["seq"]
        silence, end = takeover.silences.get(name), takeover.ends.get(name)
        rows.append([name, f"{had}", f"{had + 1} to {last}", seconds(silence), seconds(end)])
    headings = ["tenant", "events before the kill", "events after it", "longest silence", "answer after"]
    silences = [
        Bar(name, silence, seconds(silence), tone=Tone.WARN) for name, silence in sorted(takeover.silences.items())
    ]
    held = takeover.check().held
    lead = (
        f"The {takeover.victim} instance was killed while it worked on {count(len(takeover.interrupted), 'run')}. The "
        f"clients came back on the {takeover.heir} one and resumed: no event was missing, none came twice."
    )
    body = join([table(headings, rows, numbers=(1, 3, 4)), bars(silences)])
    return Section("takeover", "Takeover", body, tone=Tone.GOOD if held else Tone.BAD, lead=lead if held else "")


def _isolation(outcome: Outcome) -> Section:
    report = outcome.isolation
    rows = []
    for cell in sorted(report.cells):
        title, _, who = cell.rpartition(": ")
        leaked = [leak for leak in report.leaks if leak.where == title and who.startswith(f"{leak.tenant} acts")]
        rows.append([title, who, word("leak", Tone.BAD) if leaked else word("nothing seen", Tone.GOOD)])
    searched = [Bar(place, number, f"{number:,} searched") for place, number in sorted(report.searched.items())]
    leaks = [Incident(str(leak), leak.excerpt, label="leak", place=leak.place).render() for leak in report.leaks]
    doubts = [Incident(why, label="inconclusive", tone=Tone.WARN).render() for why in report.inconclusive]
    body = join([*leaks, *doubts, table(["what was tried", "who", "result"], rows), bars(searched)])
    tone = Tone.GOOD if report.ok else Tone.BAD
    lead = (
        "Each tenant's data carries marks that exist nowhere else; they were looked for in all that the other one saw."
    )
    return Section("isolation", "Isolation matrix", body, len(report.cells), tone, lead)


def _sins(outcome: Outcome) -> Section:
    confession = outcome.confession
    rows: list[list[object]] = [
        [
            word("found", Tone.GOOD) if sin in confession.found else word("missed", Tone.BAD),
            sin.rule,
            sin.name,
            element("code", None, f"{sin.path}:{sin.line}"),
            confession.found.get(sin, ""),
        ]
        for sin in confession.planted
    ]
    rows += [
        [
            word("false alarm", Tone.WARN),
            sin.rule,
            sin.name,
            element("code", None, f"{sin.path}:{sin.line}"),
            confession.found[sin],
        ]
        for sin in confession.false_alarms
    ]
    tone = Tone.GOOD if confession.check().held else Tone.BAD
    lead = f"A suite of {confession.tests} tests that ships with the kit; its score is {confession.score:.1f} of 100."
    body = table(["", "rule", "name", "place", "what the audit says"], rows)
    return Section("sins", "Planted sins", body, len(confession.planted), tone, lead)


def _answers(outcome: Outcome) -> Section:
    parts = [part for journey in outcome.journeys for part in _answers_to(journey)]
    return Section("answers", "What the tenants were told", join(parts), len(parts))


def _answers_to(journey: Journey) -> Iterator[Markup]:
    for question, result in journey.answers:
        drawn = (result.get("chart") or {}).get("bars", ())
        yield element(
            "details",
            None,
            element("summary", None, f"{journey.tenant.name}: {question}"),
            element("p", None, str(result.get("text", ""))),
            bars([_bar(each) for each in drawn]) if drawn else None,
        )


def _bar(drawn: dict[str, Any]) -> Bar:
    return Bar(str(drawn["label"]), float(drawn["value"]), f"${drawn['value']}")
