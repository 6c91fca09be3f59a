"""Every test of the run in one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from goldenpath.reporting import Column, LongTable, Section, Tone
from goldenpath.runner.faces.words import OUTCOMES
from goldenpath.runner.record import Outcome, RunRecord, TestResult

_MESSAGE: Final = 300
"""Characters of a message that a row holds; the card of the failure has all of it."""


def tests_section(record: RunRecord, tones: Mapping[Outcome, Tone]) -> Section | None:
    """The table of all tests."""
    if not record.results:
        return None
    outcomes = list(OUTCOMES)
    number = {outcome: place for place, outcome in enumerate(outcomes)}
    categories, files = _distinct(each.category for each in record.results), _distinct(map(_file, record.results))
    workers = _distinct(each.worker for each in record.results)
    rows = [
        [
            number[each.outcome],
            each.node_id.partition("::")[2] or each.node_id,
            files[_file(each)],
            categories[each.category],
            workers[each.worker],
            round(each.duration, 4),
            each.assertions,
            each.message[:_MESSAGE] or None,
        ]
        for each in record.results
    ]
    long = LongTable(
        "tests",
        [
            Column("outcome", "tone", width="6.8rem"),
            Column("test", "name", width="minmax(0, 3fr)"),
            Column("file", "path", list(files), "minmax(0, 1.5fr)", wide=True),
            Column("category", "choice", list(categories), "6rem", wide=True),
            Column("worker", "choice", list(workers), "3.5rem", wide=True),
            Column("time", "seconds", width="4.2rem"),
            Column("asserts", "number", width="3.6rem", wide=True),
            Column("message", width="minmax(0, 1.6fr)", wide=True),
        ],
        rows,
        [(OUTCOMES[outcome].label, tones[outcome]) for outcome in outcomes],
        "tests",
        "search names, files, messages; -word leaves out",
    )
    return Section("tests", "All tests", long.render(), len(rows))


def _file(result: TestResult) -> str:
    return result.node_id.partition("::")[0]


def _distinct(values: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found.setdefault(value, len(found))
    return found
