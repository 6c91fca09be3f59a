"""What was asked for, where it ran, and what proves it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from goldenpath.reporting import Markup, Section, Tone, element
from goldenpath.runner.record import RunRecord


def evidence_section(record: RunRecord) -> Section:
    """Everything that a reader needs to believe the page, or to do it again."""
    body = element("div", {"class": "card"}, element("dl", {"class": "facts"}, [_row(*row) for row in _rows(record)]))
    verify = (
        f" `goldenpath evidence verify {record.evidence}` holds the file against its digest." if record.evidence else ""
    )
    return Section("evidence", "Evidence", body, None, Tone.MUTED, f"What was asked for and where it ran.{verify}")


def _rows(record: RunRecord) -> Iterator[tuple[str, str]]:
    asked = record.asked
    yield "asked", shlex.join(["goldenpath", "run", *asked.arguments])
    if asked.categories:
        yield "categories", ", ".join(asked.categories)
    if asked.layers:
        yield "layers", ", ".join(asked.layers)
    if asked.shard:
        yield "shard", asked.shard
    yield "run", record.run_id
    if record.evidence:
        yield "evidence", record.evidence
    if record.digest:
        yield "digest", record.digest
    if record.census_digest:
        yield "census", record.census_digest
    counted = "unknown" if record.census_tests is None else f"{record.census_tests:,}"
    yield (
        "counted",
        (
            f"census {counted}, collected {record.collected:,}, "
            f"results {len(record.results):,}, not run {len(record.not_run):,}"
        ),
    )
    for worker in record.workers:
        host = f" on {worker.host}" if worker.host else ""
        died = f", died: {worker.died}" if worker.died else ""
        yield f"worker {worker.name}", f"pid {worker.pid}{host}, {worker.tests:,} tests{died}"
    yield from sorted(record.environment.items())
    yield "versions", ", ".join(f"{name} {version}" for name, version in sorted(record.tools.items()))


def _row(name: str, value: str) -> tuple[Markup, Markup]:
    return element("dt", None, name), element("dd", None, value)
