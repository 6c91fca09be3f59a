"""Whether evidence holds: untouched since it was sealed, free of contradictions, and complete over all shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from goldenpath.runner.evidence.reading import Evidence
from goldenpath.runner.record import NotRunReason, Outcome

_CLOCK_TOLERANCE: Final = 2.0
"""Seconds by which two clocks of one machine may disagree."""


def verify(evidence: Evidence) -> list[str]:
    """What is wrong with it, a sentence each; empty for evidence that holds."""
    return [f"{evidence.path.name}: {problem}" for problem in _problems(evidence)]


def _problems(evidence: Evidence) -> Iterator[str]:
    manifest = evidence.manifest
    if manifest is None:
        yield "no manifest: the run never ended, or the end was cut off; it proves nothing"
        return
    if manifest.get("sha256") != evidence.digest:
        yield f"edited after it was sealed as {manifest.get('sha256')!s:.16}: its digest is {evidence.digest[:16]}"
        return
    results = evidence.of("result")
    if manifest.get("lines") != len(evidence.rows) + 1 or manifest.get("results") != len(results):
        yield (
            f"{manifest.get('lines')} lines with {manifest.get('results')} results were sealed; "
            f"{len(evidence.rows) + 1} with {len(results)} are here"
        )
    try:
        yield from _contradictions(evidence)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield f"a fact is missing or is not what it should be: {error!r}"


def _contradictions(evidence: Evidence) -> Iterator[str]:
    results, verdict = evidence.of("result"), evidence.verdict
    twice = [node_id for node_id, times in Counter(row["node_id"] for row in results).items() if times > 1]
    if twice:
        yield f"{len(twice)} tests have two results, {twice[0]} among them"
    if not verdict:
        yield "no verdict"
        return
    bad = [row for row in results if Outcome(row["outcome"]).bad]
    ran = [row for row in results if Outcome(row["outcome"]).executed]
    lost = [row for row in evidence.of("not_run") if not NotRunReason(row["reason"]).asked_for]
    if verdict["code"] == 0 and bad:
        yield f"its verdict is 0 although {len(bad)} tests failed, {bad[0]['node_id']} among them"
    if verdict["code"] == 0 and not ran and not evidence.header["asked"]["options"].get("resume_from"):
        yield "its verdict is 0 although nothing was executed"
    if verdict["code"] == 0 and lost:
        yield f"its verdict is 0 although {len(lost)} tests were lost, {lost[0]['node_id']} among them"
    yield from _clock(evidence)


def _clock(evidence: Evidence) -> Iterator[str]:
    started, finished = evidence.header["started"], evidence.verdict["finished"]
    if finished < started - _CLOCK_TOLERANCE:
        yield f"the clock moved: it ended {started - finished:.0f} s before it began"
    outside = [
        row for row in evidence.of("result")
        if row.get("start") and not started - _CLOCK_TOLERANCE <= row["start"] <= finished + _CLOCK_TOLERANCE
    ]  # fmt: skip
    if outside:
        yield f"the clock moved: {outside[0]['node_id']} began outside of the run"


def complete_shards(several: Sequence[Evidence]) -> list[str]:
    """What is missing for these to be, together, one whole run; empty when nothing is."""
    return list(_missing(several))


def _missing(several: Sequence[Evidence]) -> Iterator[str]:
    shards = {each.path.name: str(each.header["asked"].get("shard", "")) for each in several}
    for name, shard in shards.items():
        if not shard:
            yield f"{name} is no shard: it was run whole"
    totals = {shard.partition("/")[2] for shard in shards.values() if shard}
    if len(totals) > 1:
        yield f"these are shards of different divisions: {', '.join(sorted(filter(None, shards.values())))}"
    if len(totals) != 1:
        return
    of = int(totals.pop())
    present = Counter(int(shard.partition("/")[0]) for shard in shards.values() if shard)
    for number in range(1, of + 1):
        if present[number] != 1:
            yield f"shard {number}/{of} is {'missing' if not present[number] else 'here twice'}"
    yield from _disagreements(several)


def _disagreements(several: Sequence[Evidence]) -> Iterator[str]:
    wholes = [
        {row["node_id"] for row in each.rows if row.get("kind") in {"result", "not_run"}
         and row.get("reason") != NotRunReason.GHOST}
        for each in several
    ]  # fmt: skip
    everything = set().union(*wholes)
    for each, whole in zip(several, wholes, strict=True):
        if whole != everything:
            missing = sorted(everything - whole)
            yield f"{each.path.name} never saw {len(missing)} tests that others did, {missing[0]} among them"
    ran = Counter(row["node_id"] for each in several for row in each.of("result"))
    others = {
        row["node_id"] for each in several for row in each.of("not_run") if row["reason"] != NotRunReason.SHARD.value
    }
    lost = sorted(everything - set(ran) - others)
    if lost:
        yield f"{len(lost)} tests ran in no shard, {lost[0]} among them"
    twice = sorted(node_id for node_id, times in ran.items() if times > 1)
    if twice:
        yield f"{len(twice)} tests ran in two shards, {twice[0]} among them"
