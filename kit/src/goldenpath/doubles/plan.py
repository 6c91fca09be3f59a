"""The plan of one method: everything about it that all doubles of its class share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final

from goldenpath.doubles import dunders, hints
from goldenpath.doubles.marks import SELF, UNSET
from goldenpath.doubles.members import Flavour, Member
from goldenpath.doubles.signatures import Signatures, signatures_of
from goldenpath.doubles.tape import Tape

Default = Callable[[Any, Tape, str], Any]
"""Makes the value a method returns until told otherwise, from its plan's answer, on a tape, at a path."""


class Plan:
    """How a method is called and what it answers by default; made on the first touch of the method."""

    __slots__ = (
        "accepted",
        "answer",
        "default",
        "flavour",
        "keyed",
        "member",
        "raises",
        "settle",
        "signatures",
        "title",
    )

    def __init__(self, member: Member, settle: Callable[..., Any], default: Default, title: str = "") -> None:
        self.member = member
        self.title = title or f"{member.home.__name__}.{member.name}"
        self.flavour: Flavour = member.flavour
        self.signatures = Signatures(self.title, signatures_of(member))
        self.accepted = self.signatures.accepted
        self.keyed = self.signatures.keyed
        self.raises: type[Exception] | None = RAISED.get(member.name)
        self.answer = answer_of(member)
        self.default = default
        self.settle = renamed(settle, self.title)

    @property
    def signature(self) -> inspect.Signature:
        """The signature a reader sees; for overloads the first."""
        return self.signatures.known[0] if self.signatures.known else ANYTHING


RAISED: Final[dict[str, type[Exception]]] = {"__next__": StopIteration, "__anext__": StopAsyncIteration}
"""What these raise until told what to return."""


def anything(*args, **kwargs):  # type: ignore[no-untyped-def]
    """The signature of what has none."""


ANYTHING: Final = inspect.signature(anything)


def answer_of(member: Member) -> Any:
    """What a method returns until told otherwise: a value, a class to double, SELF, or UNSET for anything at all."""
    preset = dunders.ANSWERS.get(member.name, UNSET)
    spoken = hints.telling(hints.resolve(member.annotation, member.function, member.home), member.home)
    if preset is SELF:
        return spoken if isinstance(spoken, type) and not issubclass(member.home, spoken) else SELF
    if member.name in dunders.STREAMS:
        return SELF if spoken is SELF or iterates_itself(member) else preset
    if preset is not UNSET:
        return preset
    return () if member.flavour.stream else spoken


def iterates_itself(member: Member) -> bool:
    """Whether `__iter__` belongs to a class that is its own iterator."""
    return hasattr(member.home, dunders.STEPPERS[member.name]) and not inspect.isgeneratorfunction(member.function)


def renamed(function: Callable[..., Any], title: str) -> Callable[..., Any]:
    """The same function under the method's name, so that "was never awaited" says which method it was."""
    if not isinstance(function, FunctionType):
        return function
    code = function.__code__.replace(co_name=title.rpartition(".")[2], co_qualname=title)
    return FunctionType(code, function.__globals__, code.co_name, function.__defaults__)
