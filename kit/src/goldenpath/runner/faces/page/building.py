"""From the record of a run to the page: the headline, the figures, and the order of the sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from goldenpath.reporting import Headline, Markup, Page, Section, Tile, Tone
from goldenpath.reporting.charts import Part, stack
from goldenpath.reporting.wording import count, seconds
from goldenpath.runner.faces.page.failures import failures_section
from goldenpath.runner.faces.page.findings import findings_sections
from goldenpath.runner.faces.page.inventory import tests_section
from goldenpath.runner.faces.page.progress import layers_section, services_section, timeline_section
from goldenpath.runner.faces.page.proof import evidence_section
from goldenpath.runner.faces.words import OUTCOMES, tally
from goldenpath.runner.history.past import Past
from goldenpath.runner.record import ExitCode, Outcome, RunRecord

TONES: Final = {
    Outcome.FAILED: Tone.BAD,
    Outcome.ERROR: Tone.BAD,
    Outcome.TIMED_OUT: Tone.BAD,
    Outcome.CRASHED: Tone.BAD,
    Outcome.PASSED: Tone.GOOD,
    Outcome.XPASSED: Tone.WARN,
    Outcome.XFAILED: Tone.WARN,
    Outcome.SKIPPED: Tone.MUTED,
}
_VERDICTS: Final = {
    ExitCode.OK: "All that was asked for ran and passed",
    ExitCode.FAILED: "Failed",
    ExitCode.USAGE: "The request could not be carried out",
    ExitCode.NOTHING_RAN: "Less ran than was promised",
    ExitCode.COLLECTION: "Not everything could be collected",
    ExitCode.SERVICE: "A service failed",
    ExitCode.TIME: "The time was up",
}


def run_page(record: RunRecord, pasts: Mapping[str, Past]) -> Page:
    """The whole report."""
    at = datetime.fromtimestamp(record.started, UTC).strftime("%Y-%m-%d %H:%M UTC")
    sections: list[Section | None] = [
        failures_section(record),
        layers_section(record),
        timeline_section(record, TONES),
        services_section(record),
        *findings_sections(record, pasts),
        tests_section(record, TONES),
        evidence_section(record),
    ]
    return Page(
        kind="run",
        title=_title(record),
        subtitle=f"{record.asked.mode or 'run'} in {record.asked.environment}, {at}, {record.run_id}",
        headline=_headline(record),
        tiles=tuple(_tiles(record)),
        banner=_banner(record, TONES),
        sections=[section for section in sections if section is not None],
        footer=f"goldenpath {record.tools.get('goldenpath', '')}, run {record.run_id}. "
        "Every figure on this page is counted from the record of the run, which its evidence seals.",
    )


def _title(record: RunRecord) -> str:
    return f"{tally(record.results)} in {seconds(record.seconds)}"


def _headline(record: RunRecord) -> Headline:
    good = record.verdict.code == ExitCode.OK
    verdict = _VERDICTS[record.verdict.code]
    also = [*record.verdict.also, *record.notices]
    return Headline(
        Tone.GOOD if good else Tone.BAD, verdict, record.verdict.message, also, f"exit {int(record.verdict.code)}"
    )


def _banner(record: RunRecord, tones: Mapping[Outcome, Tone]) -> Markup:
    counts = Counter(result.outcome for result in record.results)
    parts = [Part(word.label, counts[outcome], tones[outcome]) for outcome, word in OUTCOMES.items()]
    missing = sum(not each.reason.asked_for for each in record.not_run)
    return stack([*parts, Part("not run", missing, Tone.INFO)], tally(record.results))


def _tiles(record: RunRecord) -> Iterator[Tile]:
    executed = sum(result.outcome.executed for result in record.results)
    promised = f"of {record.census_tests:,} the census counts" if record.census_tests is not None else ""
    yield Tile("executed", f"{executed:,}", Tone.MUTED if executed else Tone.BAD, promised)
    bad = sum(result.outcome.bad for result in record.results)
    yield Tile("failed", f"{bad:,}", Tone.BAD if bad else Tone.GOOD)
    flaky = sum(result.flaky for result in record.results)
    yield Tile("flaky", f"{flaky:,}", Tone.WARN if flaky else Tone.MUTED, "passed, but not at once" if flaky else "")
    hollow = sum(result.hollow for result in record.results)
    yield Tile("hollow", f"{hollow:,}", Tone.WARN if hollow else Tone.MUTED, "no assertion executed" if hollow else "")
    missing = sum(not each.reason.asked_for for each in record.not_run)
    left = len(record.not_run) - missing
    yield Tile(
        "not run", f"{missing:,}", Tone.BAD if missing else Tone.MUTED, f"and {left:,} not asked for" if left else ""
    )
    busy = sum(worker.busy for worker in record.workers)
    share = f"{count(len(record.workers), 'worker')}"
    if record.workers and record.seconds:
        share += f", busy {min(busy / len(record.workers) / record.seconds, 1):.0%}"
    yield Tile("time", seconds(record.seconds), Tone.MUTED, share)
    if record.coverage is not None:
        yield Tile("coverage", f"{record.coverage:.1f} %")
