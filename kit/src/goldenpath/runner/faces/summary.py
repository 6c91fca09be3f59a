"""The end of a run in a terminal: failures first, then what did not run, then the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from goldenpath.reporting.wording import count, seconds
from goldenpath.runner.faces.words import OUTCOMES, failures, not_run, rerun, tally
from goldenpath.runner.history import Flaky, Regression, flakiest, regressions, slowest
from goldenpath.runner.history.past import Past
from goldenpath.runner.record import ExitCode, RunRecord, TestResult

_SHOWN_IN_FULL = 20
_LISTED = 10
_LINES = 60


def summary(record: RunRecord, pasts: dict[str, Past], performance: bool) -> Iterator[str]:
    """All lines."""
    bad = failures(record)
    for number, result in enumerate(bad):
        yield from _failure(result, number < _SHOWN_IN_FULL)
    for error in record.collection_errors:
        yield ""
        yield f"✕ not collected  {error.path}"
        yield f"    {error.message}"
        yield from _quoted(error.text)
    yield ""
    if performance:
        yield from _performance(record, pasts)
    yield from _listed("hollow: passed without executing one assertion", _hollow(record))
    yield from _listed("flaky: passed, but not at once", [each.node_id for each in record.results if each.flaky])
    for layer in record.layers:
        if not layer.met:
            yield f"layer {layer.name} not met: {layer.why}"
    yield from not_run(record)
    for notice in record.notices:
        yield f"note: {notice}"
    yield f"{tally(record.results)} in {seconds(record.seconds)}"
    for also in record.verdict.also:
        yield f"also: {also}"
    sign = "✓" if record.verdict.code == ExitCode.OK else "✕"
    yield f"{sign} {record.verdict.message} (exit {int(record.verdict.code)}, {record.verdict.cause})"


def _hollow(record: RunRecord) -> list[str]:
    return [result.node_id for result in record.results if result.hollow]


def _failure(result: TestResult, in_full: bool) -> Iterator[str]:
    word = OUTCOMES[result.outcome]
    where = f" in {result.phase}" if result.phase != "call" else ""
    yield ""
    yield f"{word.sign} {word.label}{where}  {result.node_id}"
    if result.message:
        yield f"    {result.message}"
    facts = [
        part for part in (f"{result.path}:{result.line}" if result.path and result.line else "", result.worker) if part
    ]
    yield f"    {seconds(result.duration)}, {', '.join(facts)}" if facts else f"    {seconds(result.duration)}"
    if in_full:
        yield from _quoted(result.text)
    yield f"    again: {rerun(result.node_id)}"


def _quoted(text: str) -> Iterator[str]:
    """The end of a text: that is where the error stands."""
    lines = text.rstrip().splitlines()
    if len(lines) > _LINES:
        yield f"    │ … {len(lines) - _LINES} lines before"
        lines = lines[-_LINES:]
    yield from (f"    │ {line}" for line in lines)


def _listed(title: str, names: list[str]) -> Iterator[str]:
    if not names:
        return
    yield f"{count(len(names), 'test')} {title}"
    yield from (f"    {name}" for name in names[:_LISTED])
    if len(names) > _LISTED:
        yield f"    and {len(names) - _LISTED} more"


def _performance(record: RunRecord, pasts: dict[str, Past]) -> Iterator[str]:
    yield "slowest"
    yield from (
        f"    {seconds(each.seconds):>10}  {each.share:>4.0%}  {each.node_id}" for each in slowest(record.results)
    )
    slower: list[Regression] = regressions(record.results, pasts)
    if slower:
        yield f"slower than their noise explains: {len(slower)}"
        yield from (
            f"    {seconds(each.usual):>10} → {seconds(each.seconds)} ({each.times:.1f}x)  {each.node_id}"
            for each in slower[:_LISTED]
        )
    shaky: list[Flaky] = flakiest(pasts)
    if shaky:
        yield "flakiest in the runs that are remembered"
        yield from (
            f"    {each.rate:>5.0%} of {each.runs} runs ({each.flips} flips, {each.retried} retried)  {each.node_id}"
            for each in shaky
        )
    yield ""
