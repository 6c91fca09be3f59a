"""What a context carries besides its ids: a frozen copy, in which nothing of another user may hide."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from agent_backend.context.ids import InvalidIdError, Kind, is_id, parse_any_id
from agent_backend.context.principal import ContextIsolationError, InvalidContextError

RESERVED: Final = frozenset(
    {
        "tenant_id",
        "user_id",
        "thread_id",
        "run_id",
        "request_id",
        "connection_id",
        "session_id",
        "correlation_id",
        "depth",
        "parent",
        "permissions",
        "metadata",
    }
)
"""Names that mean something else already: two answers to "whose is this?" would be one too many."""

DEEPEST: Final = 32
MOST: Final = 10_000
"""Values in one context's metadata: it is written down and sent along, it is no place for data."""

_OWNERS: Final = {"tenant_id": Kind.TENANT, "user_id": Kind.USER}


def frozen_metadata(metadata: Mapping[str, Any], owners: Mapping[str, str]) -> Mapping[str, Any]:
    """A deep copy that cannot be changed; `owners` are the ids that may appear in it, by `tenant_id` and `user_id`."""
    taken = sorted(RESERVED & metadata.keys())
    if taken:
        raise InvalidContextError(f"metadata: {', '.join(taken)} cannot be used as keys, the context has them already")
    return _Copy(owners).mapping(metadata, "metadata", 0)


def thawed(value: Any) -> Any:
    """A copy of frozen metadata in ordinary dicts and lists, for whoever wants to write it down or change it."""
    if isinstance(value, Mapping):
        return {key: thawed(inner) for key, inner in value.items()}
    return [thawed(inner) for inner in value] if isinstance(value, tuple) else value


class _Copy:
    """One walk through a piece of metadata: copies, freezes, and looks at every text on the way."""

    def __init__(self, owners: Mapping[str, str]) -> None:
        self._owners = owners
        self._left = MOST

    def mapping(self, value: Mapping[Any, Any], place: str, depth: int) -> Mapping[Any, Any]:
        frozen = {}
        for key, inner in value.items():
            self._check_text(key, place)
            if key in _OWNERS and inner != self._owners[key]:
                raise ContextIsolationError(f"{place}.{key} is not the context's own {key}")
            frozen[key] = self._frozen(inner, f"{place}.{_shown(key)}", depth + 1)
        return MappingProxyType(frozen)

    def _frozen(self, value: Any, place: str, depth: int) -> Any:
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise InvalidContextError(f"metadata holds more than {MOST} values, or goes deeper than {DEEPEST} levels")
        if isinstance(value, Mapping):
            return self.mapping(value, place, depth)
        if isinstance(value, list | tuple):
            return tuple(self._frozen(inner, f"{place}[{at}]", depth + 1) for at, inner in enumerate(value))
        if isinstance(value, set | frozenset):
            return frozenset(self._frozen(inner, place, depth + 1) for inner in value)
        self._check_text(value, place)
        try:
            return copy.deepcopy(value)
        except Exception as error:
            raise InvalidContextError(f"{place}: a {type(value).__name__} cannot be copied") from error

    def _check_text(self, value: object, place: str) -> None:
        if not isinstance(value, str):
            return
        try:
            kind = parse_any_id(value).kind
        except InvalidIdError:
            return
        for name, owned in _OWNERS.items():
            if kind is owned and value != self._owners[name]:
                raise ContextIsolationError(f"{place} holds the {name} of another")


def _shown(key: object) -> str:
    """A key as a place in an error; ids and long texts are not repeated there."""
    text = str(key)
    return "…" if len(text) > 40 or any(is_id(text, kind) for kind in Kind) else text
