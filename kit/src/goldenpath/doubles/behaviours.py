"""What stands behind a double until it is scripted, and how much of it fits a real class."""

from __future__ import annotations

from functools import cache
from inspect import Parameter, iscoroutinefunction, signature
from typing import Any, Final

from goldenpath.doubles.instance import Double

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


@cache
def misfits(behaviour: type, real: type) -> frozenset[str]:
    """The methods of a behaviour that cannot stand for those of a real class."""
    methods = [name for name in dir(behaviour) if not name.startswith("_") and callable(getattr(behaviour, name))]
    return frozenset(name for name in methods if not fits(getattr(behaviour, name), getattr(real, name, None)))


def fits(ours: Any, theirs: Any) -> bool:
    """Whether a method takes every parameter of another, by name and in its place, and is awaited if that is."""
    if not callable(theirs) or iscoroutinefunction(ours) != iscoroutinefunction(theirs):
        return False
    try:
        parameters = list(signature(theirs).parameters.values())[1:]
        mine = signature(ours)
        mine.bind(
            None, **{each.name: None for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)}
        )
    except (TypeError, ValueError):
        return False
    places = [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    return places == list(mine.parameters)[1 : 1 + len(places)]


def behaviour_of(double: Double) -> object:
    """What stands behind a double."""
    behaviour = vars(double).get("_double_wrapped")
    return object.__getattribute__(behaviour, "_behaviour") if isinstance(behaviour, Sifted) else behaviour


def put_behind(double: Double, behaviour: object) -> None:
    """Let a behaviour stand behind a double that another one reached."""
    fitting = sifted(behaviour, double._double_spec)
    vars(double).update(_double_wrapped=fitting, _double_lenient=True)
