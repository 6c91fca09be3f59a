"""One thing the audit has to say, and the identity by which a baseline knows it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b


class Severity(StrEnum):
    """How sure and how bad: an error is a defect beyond doubt, a warning costs, information is for the curious."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the audit has to say about one place."""

    rule: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    scope: str = ""
    digest: str = ""
    end_line: int = 0
    end_column: int = 0
    related: tuple[Related, ...] = ()
    ordinal: int = 0
    """Which of several findings that look the same in one scope this is."""

    @property
    def identity(self) -> tuple[str, str, str, str, int]:
        """What stays the same when lines shift: rule, path, scope, the node's digest, and which of its equals it is."""
        return (self.rule, self.path, self.scope, self.digest, self.ordinal)

    @property
    def fingerprint(self) -> str:
        """The identity as sixteen hexadecimal digits."""
        return blake2b(
            "\0".join(map(str, self.identity)).encode("utf-8", "backslashreplace"), digest_size=8
        ).hexdigest()


def in_order(findings: list[Finding]) -> list[Finding]:
    """Sorted by place, with the ordinals filled in."""
    seen: dict[tuple[str, str, str, str], int] = {}
    ordered: list[Finding] = []
    for finding in sorted(findings, key=lambda each: (each.path, each.line, each.column, each.rule, each.message)):
        key = (finding.rule, finding.path, finding.scope, finding.digest)
        seen[key] = ordinal = seen.get(key, -1) + 1
        ordered.append(replace(finding, ordinal=ordinal) if ordinal else finding)
    return ordered
