"""What deserves a look although nothing failed: slow, slower, flaky, hollow, ghosts, and what did not run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from goldenpath.reporting import Markup, Section, Tone, element, join
from goldenpath.reporting.charts import Bar, bars
from goldenpath.reporting.wording import percent, seconds
from goldenpath.runner.faces.words import REASONS
from goldenpath.runner.history import flakiest, regressions, slowest
from goldenpath.runner.history.past import Past
from goldenpath.runner.record import NotRun, NotRunReason, RunRecord, TestResult

_SHOWN: Final = 12


def findings_sections(record: RunRecord, pasts: Mapping[str, Past]) -> Iterator[Section]:
    """The sections that have something to say."""
    yield from _missing(record.not_run)
    yield from _hollow(record.results)
    yield from _flaky(record.results, pasts)
    yield from _slow(record, pasts)


def _missing(not_run: Sequence[NotRun]) -> Iterator[Section]:
    by_reason: dict[NotRunReason, list[NotRun]] = {}
    for each in not_run:
        by_reason.setdefault(each.reason, []).append(each)
    ghosts = by_reason.pop(NotRunReason.GHOST, [])
    if ghosts:
        body = _list((each.node_id, each.detail) for each in ghosts)
        lead = "They stand in the files and look like tests, and pytest never runs them."
        yield Section("ghosts", "Ghosts", body, len(ghosts), Tone.WARN, lead)
    if not by_reason:
        return
    parts = []
    bad = 0
    for reason, title in REASONS.items():
        group = by_reason.get(reason, [])
        if group:
            bad += 0 if reason.asked_for else len(group)
            parts.append(
                element(
                    "details",
                    {"open": not reason.asked_for},
                    element("summary", None, f"{len(group):,} {title}"),
                    _list((each.node_id, each.detail) for each in group),
                )
            )
    number = sum(map(len, by_reason.values()))
    yield Section("not-run", "Not run", join(parts), number, Tone.BAD if bad else Tone.MUTED)


def _hollow(results: Sequence[TestResult]) -> Iterator[Section]:
    hollow = [result for result in results if result.hollow]
    if hollow:
        lead = "They passed without executing a single assertion: they would pass as well if the code were broken."
        body = _list((result.node_id, "") for result in hollow)
        yield Section("hollow", "Hollow passes", body, len(hollow), Tone.WARN, lead)


def _flaky(results: Sequence[TestResult], pasts: Mapping[str, Past]) -> Iterator[Section]:
    now = [result for result in results if result.flaky]
    past = flakiest(pasts)
    if not now and not past:
        return
    parts = []
    if now:
        rows = ((result.node_id, f"passed at attempt {result.attempts}") for result in now)
        parts.append(_titled("in this run", _list(rows)))
    if past:
        rows_of_bars = [
            Bar(
                each.node_id,
                each.rate,
                percent(each.rate),
                f"of {each.runs} runs: {each.flips} flips, {each.retried} retried",
                Tone.WARN,
            )
            for each in past
        ]
        parts.append(_titled("in the runs that are remembered", bars(rows_of_bars)))
    yield Section("flaky", "Flaky", element("div", {"class": "pair"}, parts), len(now) or None, Tone.WARN)


def _slow(record: RunRecord, pasts: Mapping[str, Past]) -> Iterator[Section]:
    longest = [each for each in slowest(record.results) if each.seconds > 0]
    slower = regressions(record.results, pasts)
    if not longest:
        return
    rows = [Bar(each.node_id, each.seconds, seconds(each.seconds), percent(each.share), Tone.INFO) for each in longest]
    parts = [_titled("slowest", bars(rows))]
    if slower:
        changed = [
            Bar(each.node_id, each.seconds, seconds(each.seconds), f"was {seconds(each.usual)}", Tone.WARN, each.usual)
            for each in slower[:10]
        ]
        parts.append(_titled(f"slower than their own noise explains: {len(slower)}", bars(changed)))
    tone = Tone.WARN if slower else Tone.MUTED
    yield Section("slow", "Slow", element("div", {"class": "pair"}, parts), len(slower) or None, tone)


def _titled(title: str, body: Markup) -> Markup:
    return element("div", None, element("h3", None, title), body)


def _list(rows: Iterable[tuple[str, str]]) -> Markup:
    """Names with what is to be said about each; all but the first few are folded away."""
    items = [
        element(
            "li", None, element("span", {"class": "name"}, name), element("span", {"class": "none"}, detail or None)
        )
        for name, detail in rows
    ]
    shown = element("ul", {"class": "listed"}, items[:_SHOWN])
    if len(items) <= _SHOWN:
        return shown
    more = element("summary", None, f"{len(items) - _SHOWN:,} more")
    return join([shown, element("details", None, more, element("ul", {"class": "listed"}, items[_SHOWN:]))])
