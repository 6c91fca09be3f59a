"""Reading evidence back: whole and sealed, or what a killed run has left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldenpath.runner.evidence.writing import FORMAT, SUFFIX, UNSEALED, VERSION
from goldenpath.runner.record import Outcome


class EvidenceError(Exception):
    """The file is no evidence, or none that can be trusted."""


@dataclass(frozen=True)
class Evidence:
    """What a run said of itself."""

    path: Path
    header: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    manifest: Mapping[str, Any] | None
    """None where the run never ended."""
    digest: str
    """Of all that stands before the manifest, computed now."""

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """The rows of one kind."""
        return [row for row in self.rows if row.get("kind") == kind]

    @property
    def verdict(self) -> Mapping[str, Any]:
        """The verdict; empty where the run never reached one."""
        return next(iter(self.of("verdict")), {})

    @property
    def good(self) -> frozenset[str]:
        """The tests that have a result and need not be run again."""
        return frozenset(row["node_id"] for row in self.of("result") if not Outcome(row["outcome"]).bad)


def read_evidence(path: Path) -> Evidence:
    """The evidence in a file; the last line of a killed run may be torn, any other defect is an error."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}") from None
    lines = data.splitlines(keepends=True)
    torn = bool(lines) and not lines[-1].endswith(b"\n")
    rows: list[Mapping[str, Any]] = []
    for number, line in enumerate(lines[:-1] if torn else lines, 1):
        try:
            row = json.loads(line)
        except ValueError:
            raise EvidenceError(f"{path.name}, line {number}: not JSON; the file was damaged or edited") from None
        if not isinstance(row, dict):
            raise EvidenceError(f"{path.name}, line {number}: {type(row).__name__} where a fact should stand")
        rows.append(row)
    if not rows or rows[0].get("format") != FORMAT:
        raise EvidenceError(f"{path.name} is no evidence of a run: it does not begin with {FORMAT!r}")
    if rows[0].get("version") != VERSION:
        raise EvidenceError(f"{path.name} is evidence of version {rows[0].get('version')}; this reads {VERSION}")
    sealed = rows[-1].get("kind") == "manifest" and not torn
    before = lines[:-1] if sealed else lines
    return Evidence(
        path,
        rows[0],
        rows[1:-1] if sealed else rows[1:],
        rows[-1] if sealed else None,
        hashlib.sha256(b"".join(before)).hexdigest(),
    )


def find_evidence(folder: Path, name: str) -> Path:
    """The file that a path, a run id, its beginning, or `last` means."""
    if Path(name).is_file():
        return Path(name)
    kept = sorted([*folder.glob(f"*{SUFFIX}"), *folder.glob(f"*{SUFFIX}{UNSEALED}")])
    if name == "last" and kept:
        return max(kept, key=lambda path: path.stat().st_mtime_ns)
    found = [path for path in kept if path.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(path.name.partition(".")[0] for path in kept[-5:]) or "none yet"
    raise EvidenceError(f"{name!r} means {len(found) or 'no'} evidence in {folder}; the latest there: {known}")
