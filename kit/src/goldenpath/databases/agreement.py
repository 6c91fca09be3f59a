"""Whether several stores tell the same about the same things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from goldenpath.databases.errors import OutOfSync

Facts = Mapping[Any, Any]
SHOWN = 10


def assert_in_sync(stores: Mapping[str, Facts | Callable[[], Facts]]) -> None:
    """Fail unless every store holds the same facts: `{"postgres": {"run_1": "done"}, "redis": lambda: …}`.

    Facts are compared by key; the failure names each key that a store lacks or tells differently.
    """
    if len(stores) < 2:
        raise ValueError(f"two stores or more can agree; given were {', '.join(stores) or 'none'}")
    told = {name: dict(facts() if callable(facts) else facts) for name, facts in stores.items()}
    keys = sorted({key for facts in told.values() for key in facts}, key=repr)
    differences = [line for key in keys if (line := difference(key, told))]
    if differences:
        more = f"\n  … and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
        lines = "".join(f"\n  {line}" for line in differences[:SHOWN])
        raise OutOfSync(f"{len(differences)} of {len(keys)} facts differ between {', '.join(told)}:{lines}{more}")


def difference(key: Any, told: Mapping[str, Facts]) -> str:
    """How the stores differ about one key; empty if they agree."""
    missing = object()
    values = {name: facts.get(key, missing) for name, facts in told.items()}
    first = next(iter(values.values()))
    if all(value is not missing and value == first for value in values.values()):
        return ""
    shown = (f"{name} {'lacks it' if value is missing else f'has {value!r}'}" for name, value in values.items())
    return f"{key!r}: {', '.join(shown)}"
