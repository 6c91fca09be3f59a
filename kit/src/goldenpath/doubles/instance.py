"""What every double is, whatever it is a double of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from goldenpath.doubles.assertions import CALLED, sequence
from goldenpath.doubles.calls import CallList, unpack
from goldenpath.doubles.initial import attributes_set_in_init
from goldenpath.doubles.members import Member
from goldenpath.doubles.plan import Default
from goldenpath.doubles.recorder import Held
from goldenpath.doubles.signatures import Signatures
from goldenpath.doubles.touch import MethodTouch, Touch, ValueTouch, loose, path_to, place, tape_of
from goldenpath.doubles.vocabulary import QUESTIONS, configure, methods_only, view


class Shared(type):
    """The type of double classes: all doubles of a spec share one, so nobody may change it for the others."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{cls.__name__} is shared by every double of its spec; set {name!r} on a double instead")

    def install(cls, members: Iterable[Member]) -> None:
        """Add members that were not there before."""
        for member in members:
            if member.name not in cls._double_members:
                cls._double_members[member.name] = member
                type.__setattr__(cls, member.name, touch(member, cls._double_default))

    _double_members: dict[str, Member]
    _double_default: Default


def touch(member: Member, default: Default) -> Touch:
    """The descriptor for a member."""
    return MethodTouch(member, default) if member.kind.is_called else ValueTouch(member, default)


class Double(Held, metaclass=Shared):
    """A double. What is its own starts with `_double_`; every other name is the spec's, or asks about calls."""

    _double_spec: type = object
    _double_members: dict[str, Member] = {}
    _double_default: Default
    _double_complete = False
    _double_strict = True
    _double_open = False

    _double_tape: Any = None
    _double_path = ""
    _double_wrapped: Any = None
    _double_lenient = False
    _double_gone: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__" == name[-2:]:
            raise AttributeError(f"{self!r} has no attribute {name!r}")
        cls, members = type(self), self._double_members
        if name in QUESTIONS and "__call__" in members:
            return getattr(recorder_of_call(self), name)
        if name in members:
            return vars(cls)[name].found(self)
        if complete(cls) and name in members:
            return getattr(self, name)
        if self._double_wrapped is not None and self._double_open and hasattr(self._double_wrapped, name):
            return getattr(self._double_wrapped, name)
        if self._double_strict or name.startswith("assert"):
            raise AttributeError(unknown(self, name))
        return place(self, name, loose(tape_of(self), path_to(self, name)))

    def __setattr__(self, name: str, value: Any) -> None:
        members, wrapped = self._double_members, self._double_wrapped
        member = members.get(name)
        if name in QUESTIONS and member is None and "__call__" in members:
            setattr(recorder_of_call(self), name, value)
            return
        if wrapped is not None and (member is None or not member.kind.is_called) and hasattr(wrapped, name):
            setattr(wrapped, name, value)
            return
        if (
            member is None
            and not self._double_open
            and name[:2] != "__"
            and not (complete(type(self)) and name in members)
        ):
            raise AttributeError(f"{unknown(self, name)}; only what the spec has can be set")
        object.__setattr__(self, self._double_key(name), value)
        if name in self._double_gone:
            object.__setattr__(self, "_double_gone", self._double_gone - {name})

    def __delattr__(self, name: str) -> None:
        if name in self._double_gone or (name not in vars(self) and name not in self._double_members):
            raise AttributeError(unknown(self, name))
        vars(self).pop(self._double_key(name), None)
        object.__setattr__(self, "_double_gone", self._double_gone | {name})

    def _double_key(self, name: str) -> str:
        """Where in the instance a name is kept."""
        touch = vars(type(self)).get(name)
        return touch.key if isinstance(touch, MethodTouch) else name

    def __dir__(self) -> Iterable[str]:
        complete(type(self))
        asked = QUESTIONS if "__call__" in self._double_members else OWN
        own = {name for name in vars(self) if not name.startswith("_double_") and name.isidentifier()}
        return sorted((own | set(self._double_members) | set(asked) | set(object.__dir__(Plain))) - self._double_gone)

    def __repr__(self) -> str:
        tape = self._double_tape
        named = f" {tape.name!r}" if tape is not None and tape.name else ""
        return f"<double of {self._double_spec.__name__}{named} at {id(self):#x}>"

    @property
    def mock_calls(self) -> CallList:
        """Every call of every method, and of what they returned, in order."""
        return view(self._double_tape, self._double_path)

    @property
    def method_calls(self) -> CallList:
        """Every call of a method, in order."""
        return methods_only(self.mock_calls)

    def assert_has_calls(self, calls: Iterable[Any], any_order: bool = False) -> None:
        """The calls of its methods, and of what they returned, hold these."""
        seen = [unpack(entry, name) for name, entry in tape_of(self).under(self._double_path)]
        sequence(calls, seen, CALLED, any_order, lambda name: signatures_at(self, name))

    def configure_mock(self, **attributes: Any) -> None:
        """Set attributes, dotted ones too."""
        configure(self, attributes)

    def reset_mock(self, *, return_value: bool = False, side_effect: bool = False) -> None:
        """Forget every call; and, if asked, what its methods were told to answer."""
        for child in children(self):
            child.reset_mock(return_value=return_value, side_effect=side_effect)
        tape_of(self).forget(self._double_path)


class Plain:
    """What any object has."""


OWN = ("assert_has_calls", "configure_mock", "method_calls", "mock_calls", "reset_mock")


def children(double: Double) -> Iterator[Held]:
    """What was touched under a double."""
    return (held for held in list(vars(double).values()) if isinstance(held, Held))


def recorder_of_call(double: Double) -> Any:
    """The recorder of the double's own calls."""
    return type(double).__dict__["__call__"].__get__(double, type(double))


def signatures_at(double: Double, name: str) -> Signatures | None:
    """How the method of that name may be called, where it is one of the double's own."""
    found = vars(type(double)).get(name or "__call__")
    return found.plan().signatures if isinstance(found, MethodTouch) else None


def complete(cls: Any) -> bool:
    """Add the attributes that `__init__` sets; reading source is slow, so it waits until a name is missed."""
    if not cls._double_complete:
        cls.install(attributes_set_in_init(cls._double_spec))
        type.__setattr__(cls, "_double_complete", True)
    return True


def unknown(double: Double, name: str) -> str:
    """The message for a name the spec does not have."""
    from difflib import get_close_matches

    near = get_close_matches(name, dir(double), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{double._double_spec.__name__} has no attribute {name!r}{hint}"
