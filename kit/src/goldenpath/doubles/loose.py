"""A value nothing is known about: it takes any call and has any attribute, and every one of them is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from goldenpath.doubles import dunders
from goldenpath.doubles.flavours import AsyncRecorder, settle
from goldenpath.doubles.marks import Mark
from goldenpath.doubles.members import Flavour, Kind, Member
from goldenpath.doubles.plan import Plan
from goldenpath.doubles.recorder import Recorder
from goldenpath.doubles.tape import OPENING, Tape
from goldenpath.doubles.vocabulary import QUESTIONS

GONE: Final = object()
MISSPELT: Final = ("assert", "assret", "asert", "aseert", "assrt")
UNPREFIXED: Final = {name.removeprefix("assert_") for name in QUESTIONS if name.startswith("assert_")} - {"called"}


class Loose(Recorder):
    """What an unannotated method returns, and what everything under it is."""

    __slots__ = ("_attributes",)

    def __init__(self, plan: Plan, tape: Tape, path: str) -> None:
        super().__init__(plan, tape, path)
        self._attributes: dict[str, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__" == name[-2:]:
            raise AttributeError(f"{self!r} has no attribute {name!r}")
        if name.startswith(MISSPELT) or name in UNPREFIXED:
            raise AttributeError(unasked(name))
        return self._attribute(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in SETTABLE:
            super().__setattr__(name, value)
        else:
            self._opened()[name] = value

    def __delattr__(self, name: str) -> None:
        if self._opened().get(name) is GONE:
            raise AttributeError(name)
        self._opened()[name] = GONE

    def _opened(self) -> dict[str, Any]:
        with OPENING:
            if self._attributes is None:
                self._attributes = {}
            return self._attributes

    def _attribute(self, name: str) -> Any:
        attributes = self._opened()
        if name not in attributes:
            plan = SPECIAL.get(name, PLAN)
            make = AsyncRecorder if plan.flavour.awaits else Recorder if plan is not PLAN else Loose
            attributes.setdefault(name, make(plan, self._tape, f"{self._path}.{name}".removeprefix(".")))
        held = attributes[name]
        if held is GONE:
            raise AttributeError(f"{name} was deleted")
        return held

    def _children(self) -> Iterator[Any]:
        yield from super()._children()
        yield from (held for held in (self._attributes or {}).values() if isinstance(held, Recorder))

    def __repr__(self) -> str:
        return f"<double of {self._path or 'anything'}, called {self.call_count} times>"


class Special:
    """A special method of a loose value, found on its class as Python demands."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, owner: Loose | None, kind: type) -> Any:
        return self if owner is None else owner._attribute(self.name)


def default(answer: Any, tape: Tape, path: str) -> Any:
    """What a loose value returns: the preset of a special method, or another loose value."""
    return answer if not isinstance(answer, Mark) else Loose(PLAN, tape, path)


def unasked(name: str) -> str:
    """The message for a question that does not exist."""
    from difflib import get_close_matches

    asked = name if name.startswith(MISSPELT) else f"assert_{name}"
    near = get_close_matches(asked, QUESTIONS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{name!r} is not an assertion{hint}"


def special(name: str) -> Member:
    """What a special method of a loose value is."""
    flavour = Flavour(awaits=name in dunders.ALWAYS_ASYNC, stream=dunders.STREAMS.get(name, ""))
    return Member(name, Kind.STATIC, Loose, flavour=flavour)


PLAN: Final = Plan(Member("", Kind.STATIC, Loose), settle, default)
SPECIAL: Final = {name: Plan(special(name), settle, default) for name in dunders.LOOSE}
SETTABLE: Final = {"return_value", "side_effect", *Recorder.__slots__, *Loose.__slots__}
for _name in dunders.LOOSE:
    setattr(Loose, _name, Special(_name))
