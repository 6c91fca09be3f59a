"""The findings a project has agreed to live with for now: known by identity, never by count, and only ever fewer.

One line per finding, sorted, grouped by file: a merge conflicts only where both sides touched the same file, and a diff
reads as what was mended and what was let in.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from goldenpath.audit.finding import Finding

_FORMAT: Final = "goldenpath-audit-baseline"
_VERSION: Final = 1

Identity = tuple[str, str, str, str, int]


class BaselineError(ValueError):
    """The baseline file is not one, or not one this version can read."""


@dataclass(frozen=True)
class Baseline:
    """Identities of accepted findings, and the score at the time."""

    entries: frozenset[Identity] = frozenset()
    score: float | None = None

    @classmethod
    def of(cls, findings: Iterable[Finding], score: float | None) -> Baseline:
        """A baseline that accepts exactly these findings."""
        return cls(frozenset(finding.identity for finding in findings), score)

    @classmethod
    def load(cls, path: Path) -> Baseline | None:
        """The baseline in a file, or None when there is no file."""
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return cls.parse(text, path.name)

    @classmethod
    def parse(cls, text: str, name: str) -> Baseline:
        """The baseline in a text; a torn, foreign or newer one is refused by name."""
        try:
            document = json.loads(text)
            if document["format"] != _FORMAT:
                raise BaselineError(f"{name} is not an audit baseline; name another with --baseline")
            if document["version"] != _VERSION:
                raise BaselineError(f"{name} is of version {document['version']}, and this goldenpath reads {_VERSION}")
            entries = frozenset(_entry(path, line) for path, lines in document["findings"].items() for line in lines)
            return cls(entries, document.get("score"))
        except BaselineError:
            raise
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise BaselineError(
                f"{name} is damaged ({error}); restore it from version control, or write it anew with --update-baseline"
            ) from None

    def text(self) -> str:
        """The file's text."""
        by_path: dict[str, list[str]] = {}
        for rule, path, scope, digest, ordinal in sorted(self.entries):
            by_path.setdefault(path, []).append(f"{rule} {digest or '-'} {ordinal} {scope}".rstrip())
        document = {
            "format": _FORMAT,
            "version": _VERSION,
            "score": self.score,
            "findings": dict(sorted(by_path.items())),
        }
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    def save(self, path: Path) -> None:
        """Write the file in one piece."""
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self.text())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


@dataclass(frozen=True)
class Comparison:
    """Current findings against a baseline."""

    new: list[Finding]
    known: list[Finding]
    fixed: frozenset[Identity]
    """Accepted findings that are gone, of the files that were looked at."""
    moved: frozenset[Identity]
    """Accepted findings of files that are gone, found again unchanged in a file that is new to the baseline."""

    @property
    def swapped(self) -> list[Finding]:
        """New findings that keep the count of their rule and file where it was, because as many were fixed."""
        gone = Counter((rule, path) for rule, path, *_ in self.fixed)
        fresh = Counter((finding.rule, finding.path) for finding in self.new)
        return [
            finding for finding in self.new if gone[(finding.rule, finding.path)] >= fresh[(finding.rule, finding.path)]
        ]


def compare(
    findings: list[Finding], baseline: Baseline, looked_at: Callable[[str], bool], exists: Callable[[str], bool]
) -> Comparison:
    """What is new, what is known, what is fixed."""
    new: list[Finding] = []
    known: list[Finding] = []
    current = {finding.identity for finding in findings}
    gone = {entry for entry in baseline.entries if entry not in current and not exists(entry[1])}
    orphans: dict[tuple[str, str, str, int], list[Identity]] = {}
    for entry in sorted(gone):
        orphans.setdefault((entry[0], entry[2], entry[3], entry[4]), []).append(entry)
    accepted_paths = {entry[1] for entry in baseline.entries}
    moved: set[Identity] = set()
    for finding in findings:
        if finding.identity in baseline.entries:
            known.append(finding)
            continue
        rule, path, scope, digest, ordinal = finding.identity
        before = orphans.get((rule, scope, digest, ordinal)) if path not in accepted_paths else None
        if before:
            moved.add(before.pop())
            known.append(finding)
        else:
            new.append(finding)
    fixed = frozenset(
        entry
        for entry in baseline.entries
        if entry not in current and entry not in moved and (looked_at(entry[1]) or entry in gone)
    )
    return Comparison(new, known, fixed, frozenset(moved))


def _entry(path: str, line: str) -> Identity:
    rule, digest, ordinal, *scope = line.split(" ", 3)
    return (rule, path, scope[0] if scope else "", "" if digest == "-" else digest, int(ordinal))
