"""Signature checks whose answer is remembered by the shape of the call.

Whether `inspect.signature(f).bind(...)` accepts a call depends only on how many positional arguments there are and on
the names of the keywords, so every shape is bound once and costs a look-up from then on.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from inspect import BoundArguments, Signature
from typing import Any, Final

from goldenpath.doubles.members import Member

Names = tuple[str, ...]

REMEMBERED: Final = 1024
"""Sets of keywords kept per method; a function with `**kwargs` can be called with endlessly many."""


class Signatures:
    """The signatures of one member: one, several (overloads), or none that Python can tell."""

    __slots__ = ("accepted", "keyed", "known", "title")

    def __init__(self, title: str, known: tuple[Signature, ...]) -> None:
        self.title = title
        self.known = known
        self.accepted: set[int] = set()
        """How many arguments have been accepted, no keywords among them."""
        self.keyed: dict[Names, dict[int, Names]] = {}
        """Which keywords have been accepted, with how many arguments before them."""

    def check(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Names:
        """The keywords of a call that is accepted; TypeError, naming the signature, for one that is not."""
        refusal = self.refusal(args, kwargs)
        if refusal is not None:
            raise TypeError(f"{self} does not accept this call: {refusal}")
        names = tuple(kwargs)
        if not kwargs:
            self.accepted.add(len(args))
        elif len(self.keyed) < REMEMBERED:
            self.keyed.setdefault(names, {})[len(args)] = names
        return names

    def refusal(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> TypeError | None:
        """Why no signature takes the call, or None."""
        why: TypeError | None = None
        for signature in self.known:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                why = error
            else:
                return None
        return why

    def bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> BoundArguments | None:
        """The arguments by parameter, so that `f(1)` and `f(x=1)` compare equal."""
        for signature in self.known:
            try:
                return signature.bind(*args, **kwargs)
            except TypeError:
                continue
        return None

    def __str__(self) -> str:
        return " or ".join(f"{self.title}{signature}" for signature in self.known) or self.title


def signatures_of(member: Member) -> tuple[Signature, ...]:
    """The signatures of a member as its caller sees them: none where C code does not tell."""
    drops = member.kind.drops_first
    return tuple(
        signature for function in member.overloads or (member.function,) for signature in signature_of(function, drops)
    )


def signature_of(function: Any, drop_first: bool = False) -> tuple[Signature, ...]:
    """The one signature of a callable, or nothing where there is none to read."""
    if function is None:
        return ()
    function = getattr(function, "__func__", function) if drop_first else function
    if hasattr(function, "dispatcher"):
        function = function.func
    elif not callable(function) and hasattr(function, "__get__"):
        function = function.__get__(None, object)
    try:
        signature = read(function)
    except ValueError:
        return ()
    return (without_first(signature) if drop_first else signature,)


def read(function: Any) -> Signature:
    import sys

    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)


def without_first(signature: Signature) -> Signature:
    """The signature of the bound method; `*args` swallows the receiver."""
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].kind in (parameters[0].POSITIONAL_ONLY, parameters[0].POSITIONAL_OR_KEYWORD):
        del parameters[0]
    return signature.replace(parameters=parameters)
