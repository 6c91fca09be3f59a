"""One file from its bytes to its new bytes: every step, every proof, every refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from goldenpath.audit.migration.edits import Document, Unsafe
from goldenpath.audit.migration.steps import STEPS, Context, import_edits


@dataclass(frozen=True)
class Refusal:
    """A place that stays as it is, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Migrated:
    """What became of one file."""

    before: bytes
    after: bytes
    edits: int
    refusals: tuple[Refusal, ...]

    @property
    def changed(self) -> bool:
        """Whether anything was rewritten."""
        return self.before != self.after


def migrate_file(data: bytes, package: str = "", only: Iterable[str] = tuple(STEPS)) -> Migrated:
    """Rewrite what is certain in one file: proved to differ nowhere else, and to need no second run."""
    only = tuple(only)
    try:
        after, edits, refusals = _once(data, package, only)
        again, more, _ = _once(after, package, only) if edits else (after, 0, [])
    except Unsafe as error:
        return Migrated(data, data, 0, (Refusal(1, str(error)),))
    if more or again != after:
        return Migrated(data, data, 0, (Refusal(1, "a second run would change it again"),))
    return Migrated(data, after, edits, tuple(refusals))


def _once(data: bytes, package: str, only: tuple[str, ...]) -> tuple[bytes, int, list[Refusal]]:
    document = Document(data)
    context = Context(document, package)
    for name in only:
        STEPS[name](context)
    imports = import_edits(context)
    refusals = [Refusal(line, reason) for line, reason in sorted(set(context.refusals))]
    if context.imports and not imports:
        return data, 0, refusals
    edits = [*context.edits, *imports]
    if not edits:
        return data, 0, refusals
    return document.applied(edits), len(context.edits), refusals
