"""Writing evidence: a line per fact, appended while the run goes on, sealed by a manifest at its end.

Until then the file is called `.part`: what a killed run has left can be resumed from, and is never taken for proof.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any, Final

from goldenpath.runner.record import Asked, RunRecord, TestResult

FORMAT: Final = "goldenpath-evidence"
VERSION: Final = 1
SUFFIX: Final = ".jsonl"
UNSEALED: Final = ".part"
_FLUSH_SECONDS: Final = 0.5


class EvidenceWriter:
    """The evidence of one run."""

    def __init__(self, folder: Path, run_id: str, asked: Asked, started: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{run_id}{SUFFIX}"
        self._part = self.path.with_name(self.path.name + UNSEALED)
        self._file = self._part.open("xb")
        self._hash = hashlib.sha256()
        self._lines = 0
        self._flushed = monotonic()
        self._line(
            {
                "format": FORMAT,
                "version": VERSION,
                "run_id": run_id,
                "asked": asdict(asked),
                "started": started,
            }
        )
        self._file.flush()

    def census(self, digest: str, promised: int | None, collected: int, tools: Mapping[str, str]) -> None:
        """What was promised and what was found, and by which versions of what."""
        row = {"digest": digest, "promised": promised, "collected": collected, "tools": dict(tools)}
        self._line({"kind": "census", **row})

    def result(self, result: TestResult) -> None:
        """What one test came to."""
        self._line({"kind": "result", **_filled(result, _RESULT)})
        if monotonic() - self._flushed > _FLUSH_SECONDS:
            self._file.flush()
            self._flushed = monotonic()

    def seal(self, record: RunRecord) -> str:
        """Add the rest and the manifest; the digest of it all."""
        for not_run in record.not_run:
            self._line({"kind": "not_run", **_filled(not_run, _NOT_RUN)})
        self._several("collection_error", (asdict(error) for error in record.collection_errors))
        self._several("layer", (asdict(layer) for layer in record.layers))
        self._several("service", (asdict(service) for service in record.services))
        self._several("worker", (asdict(worker) for worker in record.workers))
        self._several("notice", ({"text": notice} for notice in record.notices))
        verdict = asdict(record.verdict)
        verdict["code"] = int(record.verdict.code)
        self._line({"kind": "environment", "variables": dict(record.environment)})
        self._line({"kind": "verdict", **verdict, "finished": record.finished, "coverage": record.coverage})
        digest = self._hash.hexdigest()
        manifest = {"kind": "manifest", "lines": self._lines, "results": len(record.results), "sha256": digest}
        self._file.write(_encoded(manifest))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._part, self.path)
        return digest

    def abandon(self) -> None:
        """Leave what there is, unsealed."""
        self._file.close()

    def _several(self, kind: str, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            self._line({"kind": kind, **row})

    def _line(self, row: dict[str, Any]) -> None:
        data = _encoded(row)
        self._hash.update(data)
        self._file.write(data)
        self._lines += 1


_RESULT: Final = (
    "node_id", "outcome", "phase", "category", "layer", "duration", "start", "worker", "attempts", "assertions",
    "message",
)  # fmt: skip
_NOT_RUN: Final = ("node_id", "reason", "detail", "category", "layer")


def _filled(row: object, names: Iterable[str]) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name in names if (value := getattr(row, name)) not in {"", None}}


def _encoded(row: dict[str, Any]) -> bytes:
    return json.dumps(row, separators=(",", ":"), default=str).encode("utf-8", "surrogatepass") + b"\n"
