"""What a run leaves behind so that others can check that it happened: an append-only record with a digest."""

from __future__ import annotations

from goldenpath.runner.evidence.reading import Evidence, EvidenceError, find_evidence, read_evidence
from goldenpath.runner.evidence.verifying import complete_shards, verify
from goldenpath.runner.evidence.writing import EvidenceWriter

__all__ = [
    "Evidence",
    "EvidenceError",
    "EvidenceWriter",
    "complete_shards",
    "find_evidence",
    "read_evidence",
    "verify",
]
