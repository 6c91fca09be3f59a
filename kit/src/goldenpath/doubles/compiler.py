"""The spec compiler: a class becomes a double class, once."""

from __future__ import annotations

from threading import RLock
from types import FunctionType
from typing import Any, Final, cast

from goldenpath.doubles.instance import Double, Shared, touch
from goldenpath.doubles.marks import UNSET
from goldenpath.doubles.members import Kind, Member, called, classify, members_of
from goldenpath.doubles.recorder import Recorder
from goldenpath.doubles.tape import Interference, MarkedTape, Tape
from goldenpath.doubles.touch import MethodTouch, loose, planned

KEPT: Final = 2048
"""Double classes kept; test suites that make classes in their tests must not keep them all alive."""

COMPILING: Final = RLock()
COMPILED: Final[dict[tuple[Any, bool, bool], type[Double]]] = {}


def compile_spec(spec: type, *, strict: bool = True, open_attributes: bool = False) -> type[Double]:
    """The double class of a class; the same one every time.

    `strict` doubles refuse to read what the spec does not have; `open_attributes` lets anything be set.
    """
    key = (spec, strict, open_attributes)
    compiled = COMPILED.get(key)
    if compiled is not None:
        return compiled
    with COMPILING:
        if key not in COMPILED:
            if len(COMPILED) >= KEPT:
                COMPILED.pop(next(iter(COMPILED)))
            COMPILED[key] = build(spec, members_of(spec), strict, open_attributes)
        return COMPILED[key]


def build(spec: type, members: dict[str, Member], strict: bool, open_attributes: bool) -> type[Double]:
    """A fresh double class."""
    namespace: dict[str, Any] = {
        **{name: getattr(spec, name) for name in SHOWN if hasattr(spec, name)},
        **{name: touch(member, default) for name, member in members.items()},
        "__module__": spec.__module__,
        "__qualname__": spec.__qualname__,
        "__doc__": spec.__doc__,
        "__class__": property(lambda self: spec),
        "_double_spec": spec,
        "_double_members": members,
        "_double_default": staticmethod(default),
        "_double_strict": strict,
        "_double_open": open_attributes,
    }
    compiled = cast(type[Double], Shared(f"Double{spec.__name__}", (Double,), namespace))
    lay_out(compiled)
    return compiled


LAID_OUT: Final = 15
"""How many methods have a place of their own from the start: eight bytes each in every double, touched or not."""


def lay_out(compiled: type[Double]) -> None:
    """Let one instance set every name there is, if they are few.

    Python lets the instances of a class share the layout of their attributes, but stops adding to it after a number of
    instances; a name that comes too late costs its double a dictionary of 250 bytes.
    """
    touches = [touch for touch in vars(compiled).values() if isinstance(touch, MethodTouch)]
    if len(touches) <= LAID_OUT:
        instance = compiled()
        for name in ("_double_tape", *(touch.key for touch in touches)):
            object.__setattr__(instance, name, None)


SHOWN: Final = ("__dataclass_fields__", "__match_args__", "__orig_bases__")
"""What other tools look for on the class of a value."""


def default(answer: Any, tape: Tape, path: str) -> Any:
    """What a method returns, or an attribute holds, until told otherwise."""
    if answer is UNSET:
        return loose(tape, path)
    if isinstance(answer, type):
        made = compile_spec(answer)()
        object.__setattr__(made, "_double_tape", tape)
        object.__setattr__(made, "_double_path", path)
        return made
    return answer


def make(
    compiled: type[Double],
    *,
    name: str | None = None,
    wraps: Any = None,
    behaviour: Any = None,
    snapshot_args: bool = False,
    interfere: Interference | None = None,
    tenant: str | None = None,
) -> Any:
    """A double of a compiled class.

    `wraps` is the real thing, called through to, and must have every member that is touched; `behaviour` is the same
    for a stand-in that has only some of them. `interfere` is asked before each answer: it may raise, or return
    something to await. `tenant` says whose data the calls carry.
    """
    made = compiled()
    if name is not None or snapshot_args or interfere is not None or tenant is not None:
        object.__setattr__(made, "_double_tape", MarkedTape(name, snapshot_args, interfere, tenant))
    if wraps is not None:
        object.__setattr__(made, "_double_wrapped", wraps)
    elif behaviour is not None:
        object.__setattr__(made, "_double_wrapped", behaviour)
        object.__setattr__(made, "_double_lenient", True)
    return made


def compile_instance(instance: Any, *, strict: bool, open_attributes: bool) -> type[Double]:
    """The double class of one object: its class, and what it holds besides."""
    spec = type(instance)
    compiled = compile_spec(spec, strict=strict, open_attributes=open_attributes)
    held = {name: classify(name, value, spec) for name, value in getattr(instance, "__dict__", {}).items()}
    members = {name: held_member(member) for name, member in held.items()}
    return build(spec, {**compiled._double_members, **members}, strict, open_attributes) if held else compiled


def held_member(member: Member) -> Member:
    """A member found in an instance: functions there are not bound."""
    return member._replace(kind=Kind.STATIC) if member.kind is Kind.METHOD else member


def double_of_function(function: Any, *, name: str | None, wraps: Any, snapshot_args: bool) -> Recorder:
    """The double of a function: a recorder with its signature."""
    title = str(name or getattr(function, "__name__", "function"))
    recorder, plan = planned(called(title, Kind.STATIC, function, FunctionType), default, title)
    made = recorder(plan, MarkedTape(name, snapshot_args), "")
    if wraps is not None:
        made._adjust().wraps = wraps
    return made
