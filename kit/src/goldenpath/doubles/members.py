"""What the members of a class are: each one looked at where it is defined, without running any of it."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Final, NamedTuple, cast

from goldenpath.doubles import dunders, hints
from goldenpath.doubles.marks import UNSET


class Kind(Enum):
    """How a member is reached and whether it is called."""

    METHOD = "method"
    STATIC = "static method"
    CLASS = "class method"
    PROPERTY = "property"
    ATTRIBUTE = "attribute"
    CONSTANT = "constant"

    @property
    def is_called(self) -> bool:
        return self in CALLED

    @property
    def drops_first(self) -> bool:
        return self in (Kind.METHOD, Kind.CLASS)


CALLED: Final = frozenset({Kind.METHOD, Kind.STATIC, Kind.CLASS})


class Flavour(NamedTuple):
    """What comes back from a call before it is a value."""

    awaits: bool = False
    stream: str = ""
    """`sync` or `async` where the value is an iterator."""
    manager: bool = False
    """Made by contextlib's decorators: the annotation speaks of what is yielded."""


class Member(NamedTuple):
    """One member of a class."""

    name: str
    kind: Kind
    home: type
    function: Any = None
    """What carries the signature, or the getter of a property."""
    annotation: Any = UNSET
    """Of the value, or of what a call returns; as it was written."""
    flavour: Flavour = Flavour()
    value: Any = UNSET
    overloads: tuple[Callable[..., Any], ...] = ()


IMMUTABLE: Final = (
    type(None), bool, int, float, complex, str, bytes, tuple, frozenset, range, type, Enum, types.ModuleType,
    type(Ellipsis), type(NotImplemented),
)  # fmt: skip
"""Class-level values of these types are constants: the double shows the very same."""

MACHINERY: Final = frozenset({"_abc_impl", "_is_protocol", "_is_runtime_protocol"})
FUNCTION_LIKE: Final = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodType,
    functools.partialmethod,
    functools.singledispatchmethod,
    functools._lru_cache_wrapper,
)


def members_of(spec: type) -> dict[str, Member]:
    """Every member an instance of a class has, as far as the class itself can tell."""
    found: dict[str, Member] = {}
    for home in reversed(spec.__mro__):
        if home is object or home.__module__ == "typing":
            continue
        for name, annotation in hints.raw(home).items():
            if hints.head(annotation) != "InitVar":
                found[name] = Member(name, Kind.ATTRIBUTE, home, annotation=annotation)
        for name, static in vars(home).items():
            if is_member(name):
                found[name] = classify(name, static, home, found.get(name), hasattr(spec, "__aenter__"))
    return found


def is_member(name: str) -> bool:
    """Whether a name in a class body is part of what its instances offer."""
    if name.startswith("__") and name.endswith("__"):
        return name in dunders.ANSWERS
    return name not in MACHINERY


def classify(name: str, static: Any, home: type, inherited: Member | None = None, is_async: bool = False) -> Member:
    """What one entry of a class body is; in a class that is async, what may be awaited is awaited."""
    if isinstance(static, staticmethod):
        return called(name, Kind.STATIC, static.__func__, home, is_async)
    if isinstance(static, (classmethod, types.ClassMethodDescriptorType)):
        function = getattr(static, "__func__", static)
        return called(name, Kind.CLASS, function, home, is_async)
    if isinstance(static, property):
        annotation = hints.raw(static.fget).get("return", UNSET) if callable(static.fget) else UNSET
        return Member(name, Kind.PROPERTY, home, static.fget, annotation)
    if isinstance(static, functools.cached_property):
        return Member(name, Kind.PROPERTY, home, static.func, hints.raw(static.func).get("return", UNSET))
    if isinstance(static, (types.MemberDescriptorType, types.GetSetDescriptorType)):
        annotation = inherited.annotation if inherited else UNSET
        return Member(name, Kind.ATTRIBUTE, home, annotation=annotation)
    if isinstance(static, FUNCTION_LIKE):
        return called(name, Kind.METHOD, static, home, is_async)
    if isinstance(static, functools.partial):
        return called(name, Kind.STATIC, static, home)
    if isinstance(static, IMMUTABLE) or type(static) in (list, dict, set, bytearray):
        annotation = inherited.annotation if inherited and inherited.home is home else UNSET
        return Member(name, Kind.CONSTANT, home, annotation=annotation, value=static)
    if hasattr(type(static), "__get__"):
        return described(name, static, home)
    if callable(static):
        return called(name, Kind.STATIC, static, home)
    return Member(name, Kind.ATTRIBUTE, home, annotation=type(static))


def described(name: str, static: Any, home: type) -> Member:
    """A descriptor of somebody's own: a decorated method where it wraps a function, an attribute otherwise."""
    wrapped = getattr(static, "__wrapped__", None)
    if callable(wrapped) and not hasattr(type(static), "__set__"):
        return called(name, Kind.METHOD, wrapped, home)
    return Member(name, Kind.ATTRIBUTE, home, annotation=hints.raw(type(static).__get__).get("return", UNSET))


def called(name: str, kind: Kind, function: Any, home: type, is_async: bool = False) -> Member:
    """A member that is called, with its flavour and its overloads."""
    written = unwrapped(function)
    flavour = flavour_of(written, is_async)
    if name in dunders.ALWAYS_ASYNC:
        flavour = Flavour(awaits=True)
    elif name in dunders.STREAMS:
        flavour = Flavour(stream=dunders.STREAMS[name])
    annotation = UNSET if flavour.manager else hints.raw(written).get("return", UNSET) if callable(written) else UNSET
    return Member(name, kind, home, function, annotation, flavour, overloads=overloads_of(name, written, home))


def overloads_of(name: str, function: Any, home: type) -> tuple[Callable[..., Any], ...]:
    """The overloads of a member that has no implementation of its own, as in a Protocol."""
    if getattr(function, "__name__", "") != "_overload_dummy":
        return ()
    import typing

    place = types.SimpleNamespace(__module__=home.__module__, __qualname__=f"{home.__qualname__}.{name}")
    return tuple(typing.get_overloads(cast(Any, place)))


def unwrapped(function: Any) -> Any:
    """The function somebody wrote, below partial, partialmethod, singledispatch and cache."""
    while True:
        if isinstance(function, (functools.partial, functools.partialmethod, functools.singledispatchmethod)):
            function = function.func
        elif isinstance(function, (staticmethod, classmethod, types.MethodType)):
            function = function.__func__
        elif isinstance(function, functools._lru_cache_wrapper):
            function = function.__wrapped__
        elif not inspect.isroutine(function) and callable(function) and not isinstance(function, type):
            function = type(function).__call__
        else:
            return function


def flavour_of(function: Any, is_async: bool) -> Flavour:
    """Async or not, a stream or not: by its code, by the code it wraps, then by its annotation."""
    for layer in layers(function):
        if inspect.isasyncgenfunction(layer):
            return (
                Flavour(manager=True)
                if layer is not function and from_contextlib(function)
                else Flavour(stream="async")
            )
        if inspect.iscoroutinefunction(layer):
            return Flavour(awaits=True, stream=stream_of(hints.raw(layer).get("return")))
        if inspect.isgeneratorfunction(layer):
            return (
                Flavour(manager=True) if layer is not function and from_contextlib(function) else Flavour(stream="sync")
            )
    annotation = hints.raw(function).get("return") if callable(function) else None
    if hints.head(annotation) in hints.AWAITABLE:
        return Flavour(awaits=True)
    if is_async and hints.may_await(annotation):
        return Flavour(awaits=True)
    return Flavour(stream=stream_of(annotation))


def layers(function: Any) -> Iterator[Any]:
    """A function and what it wraps, outermost first."""
    while function is not None:
        yield function
        function = getattr(function, "__wrapped__", None)


def from_contextlib(function: Any) -> bool:
    return getattr(function, "__globals__", {}).get("__name__") == "contextlib"


def stream_of(annotation: object) -> str:
    """Whether an annotation promises an iterator, and which."""
    name = hints.head(annotation)
    return "async" if name in hints.ASYNC_STREAM else "sync" if name in hints.SYNC_STREAM else ""
