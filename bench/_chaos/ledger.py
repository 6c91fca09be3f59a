"""What clients were told, event by event, and what became of it compared with the log."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

EXAMPLES: Final = 5
WRONGS: Final = (
    "lost", "duplicated", "misrouted", "out_of_order", "altered", "unfinished", "forgotten", "resets",
)  # fmt: skip
ENDS: Final = frozenset({"agent_completed", "agent_error"})


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a run as it came out of a socket, and when."""

    at: float
    run_id: str
    seq: int
    type: str
    payload: Any
    socket: int = 1
    """The how-manieth of this story's."""


@dataclass
class Story:
    """One question of one user as one of his tabs lived it, across all of its sockets."""

    user: str
    message_id: str
    asked_at: float = 0.0
    ended_at: float | None = None
    run_id: str | None = None
    told: list[Told] = field(default_factory=list)
    sockets: int = 0
    resets: int = 0
    replayed: int = 0
    """Events that were told again because the client had asked again, knowing of none."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with the first event, or with the end of all patience."""

    def start_over(self, after: int) -> None:
        """The run is about to be told from here: what was told beyond that comes again."""
        kept = [told for told in self.told if told.seq <= after or told.run_id != self.run_id]
        self.replayed += len(self.told) - len(kept)
        self.told = kept

    @property
    def position(self) -> int:
        """The number of the last event of the run that is here."""
        return max((told.seq for told in self.told if told.run_id == self.run_id), default=0)


@dataclass(frozen=True)
class LoggedRun:
    """A run as the log has it."""

    run_id: str
    user: str
    message_id: str
    ended: bool
    events: Mapping[int, tuple[str, Any]]
    """What happened by number: the type and the payload."""


@dataclass
class Verdict:
    """How often what must not happen did."""

    runs: int = 0
    events: int = 0
    lost: int = 0
    """In the log, and not at the client."""
    duplicated: int = 0
    misrouted: int = 0
    """At somebody's client, and somebody else's."""
    out_of_order: int = 0
    altered: int = 0
    """Another event than the log has under this number."""
    unfinished: int = 0
    """No last event within the bound, or none in the log."""
    forgotten: int = 0
    """Questions that became no run, or more than one."""
    resets: int = 0
    """Told that exact resumption is not possible, which none of these faults excuses."""
    endings: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    """The first stories with something wrong in them, as the numbers they were told on which socket."""

    def counts(self) -> dict[str, int]:
        """By what it is called."""
        return {name: getattr(self, name) for name in WRONGS}

    @property
    def wrong(self) -> int:
        """All of it together."""
        return sum(self.counts().values())

    @property
    def clean(self) -> bool:
        """Nothing of it happened."""
        return not self.wrong


def judge(stories: Iterable[Story], log: Iterable[LoggedRun]) -> Verdict:
    """Hold every story against the log."""
    verdict = Verdict()
    runs = {run.run_id: run for run in log}
    by_message = Counter((run.user, run.message_id) for run in runs.values())
    found = {(run.user, run.message_id): run for run in runs.values()}
    asked = set()
    for story in stories:
        asked.add((story.user, story.message_id))
        _judge_one(story, found.get((story.user, story.message_id)), runs, verdict)
    verdict.runs = len(asked)
    verdict.forgotten = sum(by_message[question] != 1 for question in asked)
    verdict.unfinished += sum(not run.ended for key, run in found.items() if key in asked)
    verdict.endings.update(_ending(found[key]) for key in asked if key in found)
    return verdict


def _judge_one(story: Story, run: LoggedRun | None, runs: Mapping[str, LoggedRun], verdict: Verdict) -> None:
    position, seen, before = 0, set(), verdict.wrong
    verdict.resets += story.resets
    verdict.unfinished += story.ended_at is None
    for told in story.told:
        verdict.events += 1
        if told.run_id not in runs or runs[told.run_id].user != story.user:
            verdict.misrouted += 1
            continue
        if run is None or told.run_id != run.run_id:
            continue
        if told.seq in seen:
            verdict.duplicated += 1
        elif told.seq != position + 1:
            verdict.out_of_order += 1
        verdict.altered += run.events.get(told.seq) != (told.type, told.payload)
        seen.add(told.seq)
        position = max(position, told.seq)
    if run is not None:
        verdict.lost += len(set(run.events) - seen)
    if verdict.wrong != before and len(verdict.examples) < EXAMPLES:
        told_on = " ".join(f"{told.socket}:{told.seq}" for told in story.told)
        verdict.examples.append(f"{story.user} {story.message_id}: {told_on}")


def _ending(run: LoggedRun) -> str:
    kind, payload = run.events[max(run.events)] if run.events else ("nothing", {})
    return f"{kind}:{payload['code']}" if kind == "agent_error" else kind
