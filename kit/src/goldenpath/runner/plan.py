"""Which categories run, in which order, and why: what was asked for, and what that needs to have held before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from goldenpath.runner.layers import FailFast
from goldenpath.runner.record import Plan, PlannedCategory, PlannedItem, PlannedLayer
from goldenpath.runner.settings import Settings, UsageError, one_of

ASKED_FOR = "asked for"
EVERYTHING = "everything runs"


@dataclass(frozen=True)
class Wish:
    """What the caller named; nothing named is everything."""

    categories: Sequence[str] = ()
    layers: Sequence[str] = ()
    mode: str = ""
    alone: bool = False
    """Leave out what is needed and was not named."""
    fail_fast: FailFast | None = None
    """Over the policy of every layer."""


def chosen(wish: Wish, settings: Settings) -> dict[str, str]:
    """The categories to run, in order, each with the reason it is in."""
    rows = settings.categories.rows
    for name in wish.categories:
        one_of("--categories", name, rows)
    for name in wish.layers:
        one_of("--layers", name, settings.layers)
    layers = set(wish.layers) | set(settings.modes[one_of("--mode", wish.mode, settings.modes)] if wish.mode else ())
    why = {row.name: f"of layer {row.layer}" for row in rows.values() if row.layer in layers}
    if not why and layers:
        raise UsageError(f"no category belongs to {', '.join(wish.layers) or wish.mode}")
    why |= dict.fromkeys(wish.categories, ASKED_FOR)
    why = why or dict.fromkeys(rows, EVERYTHING)
    queue = [] if wish.alone else sorted(why)
    for name in queue:
        for need in rows[name].needs:
            if need not in why:
                why[need] = f"needed by {name}"
                queue.append(need)
    return {name: why[name] for name in ordered(why, settings)}


def ordered(names: Iterable[str], settings: Settings) -> list[str]:
    """Layer by layer, within a layer what is needed first, otherwise as in the table."""
    wanted = set(names)
    rows = settings.categories.rows
    layers, table = list(settings.layers), list(rows)
    sorter = TopologicalSorter({name: wanted & set(rows[name].needs) for name in wanted})
    try:
        sorter.prepare()
    except CycleError as error:
        raise UsageError(f"categories need each other in a circle: {' -> '.join(error.args[1])}") from None
    found: list[str] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        found += sorted(ready, key=table.index)
        sorter.done(*ready)
    return sorted(found, key=lambda name: layers.index(rows[name].layer))


def make_plan(
    why: Mapping[str, str],
    items: Iterable[PlannedItem],
    services: Mapping[str, Sequence[str]],
    workers: int,
    settings: Settings,
    wish: Wish,
) -> Plan:
    """The plan for what was collected. `services` has, by category, those that its tests' fixtures name."""
    counts = dict.fromkeys(why, 0)
    seconds: list[float | None] = []
    for item in items:
        counts[item.category] += 1
        seconds.append(item.predicted)
    rows = settings.categories.rows
    planned = tuple(
        PlannedCategory(
            name,
            rows[name].layer,
            counts[name],
            tuple(dict.fromkeys((*rows[name].services, *services.get(name, ())))) if counts[name] else (),
            tuple(need for need in rows[name].needs if need in why),
            rows[name].command,
            reason,
        )
        for name, reason in why.items()
        if counts[name] or rows[name].command or reason == ASKED_FOR
    )
    return Plan(
        layers=_layers(planned, settings, wish),
        categories=planned,
        services=tuple(dict.fromkeys(service for category in planned for service in category.services)),
        workers=workers,
        predicted=_predicted(seconds, workers),
    )


def _layers(planned: Sequence[PlannedCategory], settings: Settings, wish: Wish) -> tuple[PlannedLayer, ...]:
    made = []
    for layer in settings.layers.values():
        names = tuple(category.name for category in planned if category.layer == layer.name)
        if names:
            policy = wish.fail_fast or layer.fail_fast
            made.append(PlannedLayer(layer.name, names, layer.budget, layer.threshold, policy.value))
    return tuple(made)


def _predicted(seconds: Sequence[float | None], workers: int) -> float | None:
    """The share of one worker, or the longest test where that is more; None while a quarter has no history."""
    known = [each for each in seconds if each is not None]
    if len(known) * 4 < len(seconds) * 3 or not known:
        return None
    return max(sum(known) / len(known) * len(seconds) / workers, max(known))
