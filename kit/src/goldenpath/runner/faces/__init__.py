"""A stand-in until the faces are here."""

from __future__ import annotations

import sys

from goldenpath.runner.events import CollectionFailed, Notice, RunEvent, TestFinished
from goldenpath.runner.record import RunRecord
from goldenpath.runner.seams import Face, FaceSettings


class _Plain:
    def receive(self, event: RunEvent) -> None:
        if isinstance(event, TestFinished) and event.result.outcome.bad:
            sys.stdout.write(f"{event.result.outcome} {event.result.node_id}: {event.result.message}\n")
        elif isinstance(event, Notice):
            sys.stdout.write(f"note: {event.text}\n")
        elif isinstance(event, CollectionFailed):
            sys.stdout.write(f"not collected: {event.error.path}: {event.error.message}\n")

    def finish(self, record: RunRecord) -> None:
        verdict = record.verdict
        sys.stdout.write(f"{verdict.code:d} {verdict.cause}: {verdict.message} ({record.seconds:.2f} s)\n")
        for also in verdict.also:
            sys.stdout.write(f"  also: {also}\n")
        sys.stdout.write(f"evidence {record.evidence} {record.digest[:12]}\n")


def open_faces(settings: FaceSettings) -> list[Face]:
    return [_Plain()]
