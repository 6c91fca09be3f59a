"""Which fields a user context's class takes, and where each comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any, Final

from goldenpath.doubles.behaviours import LOOSE
from goldenpath.doubles.failures import CONDITIONS

NEW: Final = frozenset({"run_id", "request_id"})
"""Ids that no other context has: they are new whenever they are not given."""


def fields_of(
    cls: type, ids: Mapping[str, str | None], extra: Mapping[str, Any], new_id: Callable[[str], str]
) -> dict[str, Any]:
    """The arguments with which to build a context of this class.

    `ids` go where the class takes them, `extra` must be taken. An id the class demands and nobody gave is new.
    """
    parameters = parameters_of(cls)
    given = {name: value for name, value in {**ids, **extra}.items() if value is not None and name in parameters}
    wanted = [
        name for name, each in parameters.items() if name not in given and (name in NEW or each.default is each.empty)
    ]
    if strange := sorted(extra.keys() - parameters.keys()):
        known = f"{', '.join(parameters)}; every double also takes {', '.join(CONDITIONS)}"
        raise TypeError(f"{cls.__name__} has no field {', '.join(strange)}; it has {known}")
    if unknown := [name for name in wanted if not name.endswith("_id")]:
        arguments = ", ".join(f"{name}=…" for name in unknown)
        raise TypeError(f"{cls.__name__} also needs {', '.join(unknown)}: say create_mock_user_context({arguments})")
    return {**given, **{name: new_id(name) for name in wanted}}


@lru_cache(maxsize=256)
def parameters_of(cls: type) -> dict[str, Parameter]:
    """The named parameters of a class's constructor."""
    return {name: each for name, each in signature(cls).parameters.items() if each.kind not in LOOSE}
