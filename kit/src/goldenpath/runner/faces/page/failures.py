"""What went wrong, first and in words: alike failures together, files that were not collected before everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from goldenpath.reporting import Incident, Markup, Section, Tone, element, join
from goldenpath.reporting.wording import count, seconds
from goldenpath.runner.faces.words import OUTCOMES, failures, rerun
from goldenpath.runner.record import RunRecord, TestResult

_CARDS: Final = 200
"""Failures that are told in full; of more than these, nobody reads the rest, and the table below has them all."""
_OPEN: Final = 3
_VARIABLE: Final = re.compile(r"0x[0-9a-f]+|\d+|'[^']*'|\"[^\"]*\"")


def failures_section(record: RunRecord) -> Section | None:
    """All failures and collection errors, or nothing."""
    bad = failures(record)
    total = len(bad) + len(record.collection_errors)
    if not total:
        return None
    groups = _alike(bad)
    parts = [
        Incident(
            error.path,
            error.message,
            "not collected",
            text=error.text,
            command=f"pytest --collect-only {error.path}",
            open=True,
        ).render()
        for error in record.collection_errors
    ]
    parts.extend(_cards(groups))
    if len(bad) > _CARDS:
        parts.append(
            element("p", {"class": "none"}, f"and {len(bad) - _CARDS:,} more failures, in the table of all tests")
        )
    lead = ""
    largest = max(groups, key=len, default=[])
    if len(largest) > 1:
        lead = f"{count(len(groups), 'different cause')}; {len(largest)} failures say the same. "
        lead += "The keys j and k go from one to the next."
    return Section("failures", "Failures", join(parts), total, Tone.BAD, lead)


def _cards(groups: list[list[TestResult]]) -> Iterator[Markup]:
    number = 0
    for group in groups:
        if len(group) > 1 and number < _CARDS:
            yield element("p", {"class": "group"}, f"{count(len(group), 'test')} with the same cause")
        for result in group:
            if number < _CARDS:
                yield incident(result, number < _OPEN).render()
            number += 1


def incident(result: TestResult, unfolded: bool = False) -> Incident:
    """One failed test as a card."""
    facts = [result.category, f"worker {result.worker}", seconds(result.duration)]
    if result.phase != "call":
        facts.insert(0, f"in {result.phase}")
    if result.attempts > 1:
        facts.append(count(result.attempts, "attempt"))
    return Incident(
        title=result.node_id,
        message=result.message,
        label=OUTCOMES[result.outcome].label,
        place=f"{result.path}:{result.line}" if result.path and result.line is not None else "",
        facts=[fact for fact in facts if fact],
        text=result.text,
        command=rerun(result.node_id),
        open=unfolded,
    )


def _alike(bad: list[TestResult]) -> list[list[TestResult]]:
    """Failures by what they say, numbers and quoted names aside; the largest groups first."""
    groups: dict[str, list[TestResult]] = {}
    for result in bad:
        said = _VARIABLE.sub("…", result.message)
        groups.setdefault(f"{result.outcome}{said}" if said else result.node_id, []).append(result)
    return sorted(groups.values(), key=lambda group: -len(group))
