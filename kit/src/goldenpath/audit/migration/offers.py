"""What the factory makes, by what tests call it: the call that makes it, and what its double is sure to offer."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from goldenpath.audit.vocabulary import DOUBLE_WORDS, words

_ALIASES: Final = {
    "ws": "websocket",
    "wsmanager": "websocketmanager",
    "session": "databasesession",
    "dbsession": "databasesession",
    "config": "configuration",
    "redis": "redisclient",
}


class Member(NamedTuple):
    """One member of a factory-made double."""

    is_async: bool
    params: tuple[str, ...] | None
    """The names of its parameters without self; None when it is not called."""
    required: int = 0
    """How many of them have no default."""
    gives_nothing: bool = False


class Offer(NamedTuple):
    """One kind of double."""

    maker: str
    call: str
    members: Mapping[str, Member]


def offer_for(name: str) -> Offer | None:
    """What the factory makes for a variable or class of this name."""
    key = "".join(word for word in words(name) if word not in DOUBLE_WORDS)
    return _offers().get(_ALIASES.get(key, key))


def coverage(methods: set[str], name: str) -> str:
    """How far the factory's double covers what a double of this name offers, in words; "" when it makes none."""
    offer = offer_for(name)
    if offer is None:
        return ""
    lacking = sorted(methods - offer.members.keys())
    if not lacking:
        return f"covered by {offer.maker}"
    return f"{offer.maker} covers {len(methods) - len(lacking)} of {len(methods)}, not {', '.join(lacking)}"


@cache
def _offers() -> dict[str, Offer]:
    from goldenpath.doubles.factory import KINDS
    from goldenpath.doubles.kinds.catalogue import INTERFACES

    return {
        kind.replace("_", ""): Offer(KINDS[kind], _call(KINDS[kind]), _members(interface))
        for kind, interface in INTERFACES.items()
    }


def _call(maker: str) -> str:
    from goldenpath.doubles.factory import SHARED, SSotMockFactory

    needed = [
        parameter.name
        for parameter in inspect.signature(getattr(SSotMockFactory, maker)).parameters.values()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
    arguments = ", ".join(f'{name}="{SHARED[name]}"' for name in needed)
    return f"SSotMockFactory.{maker}({arguments})"


def _members(interface: type) -> dict[str, Member]:
    found = {name: Member(False, None) for base in interface.__mro__ for name in inspect.get_annotations(base)}
    for name in dir(interface):
        value = getattr(interface, name)
        if name.startswith("_"):
            continue
        if not inspect.isroutine(value):
            found[name] = Member(False, None)
            continue
        signature = inspect.signature(value)
        params = list(signature.parameters.values())[1:]
        found[name] = Member(
            inspect.iscoroutinefunction(value),
            tuple(parameter.name for parameter in params),
            sum(parameter.default is parameter.empty for parameter in params),
            signature.return_annotation in {None, "None"},
        )
    return found
