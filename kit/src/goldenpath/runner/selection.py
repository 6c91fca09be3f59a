"""Which of the collected tests are to be run, and the reason for every one that is not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath

from goldenpath.runner.local.collected import Collected, Found
from goldenpath.runner.record import NotRun, NotRunReason, PlannedItem
from goldenpath.runner.request import Request, Shard
from goldenpath.runner.seams import History
from goldenpath.runner.settings import Settings

Gate = tuple[NotRunReason, str, Callable[[Found], bool]]
"""A reason, its detail, and whether a test may pass."""


_VANISHED = "a hook took it away after it was collected, without saying that it deselects it"


@dataclass(frozen=True)
class Selection:
    """The outcome."""

    items: Sequence[PlannedItem]
    not_run: Sequence[NotRun]
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By category, those that the fixtures of its tests name."""


@dataclass(frozen=True)
class Choice:
    """All that decides."""

    request: Request
    settings: Settings
    categories: Collection[str]
    history: History
    done: Collection[str] = ()
    """Tests with a result in the run that is being resumed."""
    affected: Collection[str] | None = None
    """Files that a change can reach; None for all."""


def select(collected: Collected, choice: Choice) -> Selection:
    """Let every test through the gates, in the order in which a reader would ask."""
    table = choice.settings.categories
    gates = list(_gates(choice))
    failed = choice.history.failed_last() if choice.request.failed_first else frozenset()
    items: list[PlannedItem] = []
    not_run = [
        NotRun(node_id, NotRunReason.DESELECTED, _deselected(choice.request)) for node_id in collected.deselected
    ]
    not_run += [NotRun(node_id, NotRunReason.LOST, _VANISHED) for node_id in collected.vanished]
    services: dict[str, dict[str, None]] = {}
    for found in collected.items:
        category = table.of(found.path, found.marks)
        layer = table.rows[category].layer
        shut = _shut(found, category, gates, choice)
        if shut is not None:
            not_run.append(NotRun(found.node_id, shut[0], shut[1], category, layer))
            continue
        services.setdefault(category, {}).update(dict.fromkeys(found.services))
        items.append(
            PlannedItem(
                found.node_id,
                category,
                layer,
                choice.history.expected(found.node_id),
                found.tokens,
                found.timeout,
                found.node_id in failed,
            )
        )
    items.sort(key=lambda item: not item.urgent)
    return Selection(items, not_run, {name: tuple(each) for name, each in services.items()})


def _shut(found: Found, category: str, gates: Iterable[Gate], choice: Choice) -> tuple[NotRunReason, str] | None:
    if category not in choice.categories:
        return NotRunReason.CATEGORY, f"category {category} was not asked for"
    return next(((reason, detail) for reason, detail, passes in gates if not passes(found)), None)


def _gates(choice: Choice) -> Iterable[Gate]:
    request, affected = choice.request, choice.affected
    if request.pattern:
        yield NotRunReason.DESELECTED, f"--pattern {request.pattern}", lambda found: _matches(found, request.pattern)
    for mark, wanted, option in (
        ("real_llm", request.real_llm, "--real-llm"),
        ("real_services", request.real_services, "--real-services"),
    ):
        if not wanted:
            yield NotRunReason.DESELECTED, f"runs with {option} only", _without(mark)
    if affected is not None:
        detail = f"no change since {request.changed_since} reaches it"
        yield NotRunReason.UNCHANGED, detail, lambda found: found.path in affected
    if request.shard is not None:
        shard = request.shard
        yield NotRunReason.SHARD, f"not in shard {shard}", lambda found: in_shard(found.group or found.node_id, shard)
    if choice.done:
        yield (
            NotRunReason.RESUMED,
            f"has a result in {request.resume_from}",
            lambda found: found.node_id not in choice.done,
        )


def _without(mark: str) -> Callable[[Found], bool]:
    return lambda found: mark not in found.marks


def _matches(found: Found, pattern: str) -> bool:
    return fnmatch(PurePosixPath(found.path).name, pattern) or fnmatch(found.path, pattern)


def in_shard(key: str, shard: Shard) -> bool:
    """Whether a test, or the group that shares its fixtures, is of this shard.

    By a hash of the name alone, so that every machine agrees whatever it has seen before, and every test is in exactly
    one shard.
    """
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % shard.of == shard.number - 1


def _deselected(request: Request) -> str:
    given = [("-k", request.keyword), ("-m", request.markers)]
    return " ".join(f"{option} {value}" for option, value in given if value) or "by a plugin or by pytest's arguments"
