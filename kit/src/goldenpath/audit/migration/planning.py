"""One file from its bytes to its new bytes: every step, every proof, every refusal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from goldenpath.audit.migration.context import Context, import_edits
from goldenpath.audit.migration.edits import Document, Unsafe
from goldenpath.audit.migration.legacy import legacy_constructors
from goldenpath.audit.migration.mocks import direct_mocks, mock_classes
from goldenpath.audit.migration.steps import async_cases, environment_reads, relative_imports

Step = Callable[[Context], None]
STEPS: Final[dict[str, Step]] = {
    "environment": environment_reads,
    "imports": relative_imports,
    "async": async_cases,
    "mocks": direct_mocks,
    "classes": mock_classes,
    "legacy": legacy_constructors,
}
"""The kinds of rewriting by the names `--only` takes."""


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


def migrate_file(
    data: bytes, package: str = "", only: Iterable[str] = tuple(STEPS), imported: Collection[str] | None = None
) -> Migrated:
    """Rewrite what is certain in one file: proved to differ nowhere else, and to need no second run.

    `package` is where its relative imports start, `imported` what other files import; without either it is not known.
    """
    steps = [STEPS[name] for name in only]
    try:
        after, edits, refusals = _once(data, steps, package, imported)
        again, more, _ = _once(after, steps, package, imported) if edits else (after, 0, [])
    except Unsafe as error:
        return Migrated(data, data, 0, (Refusal(1, str(error)),))
    if more or again != after:
        return Migrated(data, data, 0, (Refusal(1, "a second run would change it again"),))
    return Migrated(data, after, edits, tuple(refusals))


def migrate_legacy_mock_usage(source: str) -> str:
    """Rewrite legacy websocket mocks in a module's source as calls of the scenario factories.

    `MockWebSocketManager()` and `LegacyMockWebSocketManager(strict_mode=False)` become `create_basic_mock()`, and
    `strict_mode=True` becomes `create_compliance_mock()`. Anything built with other arguments, and any class of that
    name that is the module's own, stays as it is; so does every other byte. Source that does not parse is refused.
    """
    try:
        return _once(source.encode("utf-8"), [legacy_constructors])[0].decode("utf-8")
    except (Unsafe, UnicodeEncodeError) as error:
        raise ValueError(f"the source cannot be migrated: {error}") from None


def _once(
    data: bytes, steps: Iterable[Step], package: str = "", imported: Collection[str] | None = None
) -> tuple[bytes, int, list[Refusal]]:
    document = Document(data)
    context = Context(document, package, imported)
    for step in steps:
        step(context)
    imports = import_edits(context)
    refusals = [Refusal(line, reason) for line, reason in sorted(set(context.refusals))]
    if not context.edits or (context.imports and not imports):
        return data, 0, refusals
    return document.applied([*context.edits, *imports]), len(context.edits), refusals
