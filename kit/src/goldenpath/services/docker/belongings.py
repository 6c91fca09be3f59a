"""Everything of ours on an engine, known by its labels: of one stack, or of stacks that are dead."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from goldenpath.services import reaper
from goldenpath.services.clients import driver
from goldenpath.services.docker.engine import Engine
from goldenpath.services.errors import ServiceError

STACK: Final = "goldenpath.stack"
SERVICE: Final = "goldenpath.service"
DIRECTORY: Final = "goldenpath.directory"
OWNER: Final = "goldenpath.owner"
GRACE: Final = "goldenpath.grace"
"""Seconds that a container gets to end by itself; those whose data goes anyway get none."""

KINDS: Final = ("containers", "networks", "volumes")
"""In the order in which they can be removed: nothing goes that something before it uses."""
NOT_NOW: Final = frozenset({403, 404, 409})
"""What the engine answers about something that is gone already, in use by what is just ending, or being removed."""
PATIENCE: Final = 15.0
PAUSE: Final = 0.02


def owner(uid: int) -> str:
    """Whose things they are: the reaper of one user or machine cannot tell whether another's stack is alive."""
    return f"{uid}@{platform.node()}"


def labels(directory: Path, uid: int, **more: str) -> dict[str, str]:
    """The labels of everything that belongs to the stack of this directory."""
    return {STACK: directory.name, DIRECTORY: str(directory), OWNER: owner(uid), **more}


@dataclass(frozen=True)
class Belonging:
    """A container, network or volume on an engine."""

    kind: str
    name: str
    stack: str
    directory: Path
    thing: Any

    def __str__(self) -> str:
        return f"{self.kind.removesuffix('s')} {self.name} of stack {self.stack}"


def belongings(engine: Engine, label: str) -> Iterator[Belonging]:
    """Everything that carries this label, what uses others first."""
    for kind in KINDS:
        options: dict[str, Any] = {"all": True, "ignore_removed": True} if kind == "containers" else {}
        for thing in getattr(engine.client, kind).list(filters={"label": label}, **options):
            marks = _labels_of(kind, thing)
            yield Belonging(kind, thing.name, marks.get(STACK, ""), Path(marks.get(DIRECTORY, "")), thing)


def _labels_of(kind: str, thing: Any) -> dict[str, str]:
    return dict(thing.labels if kind == "containers" else thing.attrs.get("Labels") or {})


def of_stack(engine: Engine, identity: str) -> list[Belonging]:
    """What belongs to one stack."""
    return list(belongings(engine, f"{STACK}={identity}"))


def orphans(engine: Engine) -> list[Belonging]:
    """What belongs to stacks of this user on this machine whose keeper is dead: nobody holds their directory."""
    alive: dict[Path, bool] = {}
    left = []
    for each in belongings(engine, f"{OWNER}={owner(engine.facts.uid)}"):
        if each.directory not in alive:
            alive[each.directory] = each.directory.exists() and reaper.alive(each.directory)
        if not alive[each.directory]:
            left.append(each)
    return left


def remove(each: Belonging, *, forced: bool = True) -> None:
    """Remove it; that it is gone already, or in use for a moment longer, is for the caller to see."""
    errors = driver("docker").errors
    try:
        if each.kind == "containers":
            _end(each.thing, forced)
        elif each.kind == "volumes":
            each.thing.remove(force=True)
        else:
            each.thing.remove()
    except errors.APIError as refusal:
        if refusal.status_code not in NOT_NOW:
            raise


def _end(container: Any, forced: bool) -> None:
    grace = float(container.labels.get(GRACE, "0"))
    if grace and not forced:
        container.stop(timeout=max(1, round(grace)))
    container.remove(force=True, v=True)


def clear(
    find: Callable[[], list[Belonging]],
    *,
    forced: bool = True,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> list[Belonging]:
    """Remove what is found until nothing is found any more; what is in use for a moment longer is tried again."""
    removed: dict[tuple[str, str], Belonging] = {}
    deadline = clock() + PATIENCE
    while found := find():
        for each in found:
            remove(each, forced=forced)
            removed[each.kind, each.name] = each
        if clock() >= deadline:
            left = ", ".join(str(each) for each in found)
            raise ServiceError(f"after {PATIENCE:g} s there is still {left}; docker rm -f or docker network rm it")
        pause(PAUSE)
    return list(removed.values())
