"""What stands behind a double until it is scripted, and how much of it fits a real class."""

from __future__ import annotations

from functools import lru_cache
from inspect import Parameter, iscoroutinefunction, signature, unwrap
from typing import Any, Final

from goldenpath.doubles.compiler import default
from goldenpath.doubles.hints import raw
from goldenpath.doubles.instance import Double
from goldenpath.doubles.touch import path_to, tape_of

LOOSE: Final = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class Sifted:
    """A behaviour without those of its methods that the bound class has not, or has in another form.

    Such a method answers as its own annotations promise; `verify_doubles` says how it differs.
    """

    __slots__ = ("_behaviour", "_hidden")

    def __init__(self, behaviour: object, hidden: frozenset[str]) -> None:
        object.__setattr__(self, "_behaviour", behaviour)
        object.__setattr__(self, "_hidden", hidden)

    def __getattr__(self, name: str) -> Any:
        if name in self._hidden:
            raise AttributeError(name)
        return getattr(self._behaviour, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._behaviour, name, value)


def sifted(behaviour: object, real: type) -> object:
    """As much of a behaviour as fits a real class."""
    kind: Any = type(behaviour)
    hidden = misfits(kind, real)
    return Sifted(behaviour, hidden) if hidden else behaviour


@lru_cache(maxsize=1024)
def misfits(behaviour: type, real: type) -> frozenset[str]:
    """The methods of a behaviour that cannot stand for those of a real class."""
    methods = [name for name in dir(behaviour) if not name.startswith("_") and callable(getattr(behaviour, name))]
    return frozenset(name for name in methods if not fits(getattr(behaviour, name), getattr(real, name, None)))


def fits(ours: Any, theirs: Any) -> bool:
    """Whether a method can stand for another: as async as that, the same places, and no demand of either unmet."""
    if not callable(theirs) or iscoroutinefunction(ours) != may_be_awaited(theirs):
        return False
    try:
        mine, others = named(ours), named(theirs)
    except (TypeError, ValueError):
        return False
    shared = [name for name in mine if name in others]
    places = [name for name, each in others.items() if each.kind is not each.KEYWORD_ONLY]
    in_place = shared == list(mine)[: len(shared)] and places[: len(shared)] == shared[: len(places)]
    alone = mine.keys() - others.keys() if takes_anything(ours) else mine.keys() ^ others.keys()
    return in_place and all({**mine, **others}[name].default is not Parameter.empty for name in alone)


def takes_anything(method: Any) -> bool:
    """Whether a method swallows what it does not name."""
    return {each.kind for each in signature(method).parameters.values()} >= set(LOOSE)


def named(method: Any) -> dict[str, Parameter]:
    """The parameters of a method that have a name to the caller."""
    parameters = list(signature(method).parameters.values())[1:]
    return {each.name: each for each in parameters if each.kind not in LOOSE}


def may_be_awaited(method: Any) -> bool:
    """Whether a method is async, by its code or, as in redis-py, by its annotation only."""
    return iscoroutinefunction(unwrap(method)) or "Awaitable[" in str(raw(method).get("return"))


def behaviour_of(double: Double) -> object:
    """What stands behind a double."""
    behaviour = double._double_wrapped
    return object.__getattribute__(behaviour, "_behaviour") if isinstance(behaviour, Sifted) else behaviour


def nest(parent: Double, name: str, interface: type) -> Double:
    """The double that an attribute of another double holds: of its annotated class, else of this interface."""
    child = getattr(parent, name)
    if not isinstance(child, Double):
        child = default(interface, tape_of(parent), path_to(parent, name))
        setattr(parent, name, child)
    nested: Double = child
    return nested


def put_behind(double: Double, behaviour: object) -> None:
    """Let a behaviour stand behind a double that another one holds."""
    object.__setattr__(double, "_double_wrapped", sifted(behaviour, double._double_spec))
    object.__setattr__(double, "_double_lenient", True)
