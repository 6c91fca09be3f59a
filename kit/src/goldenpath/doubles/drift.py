"""Drift: where a built-in interface and the real class bound to it have come to differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from inspect import Parameter, Signature
from pathlib import Path
from typing import Final, NamedTuple

from goldenpath.doubles.bindings import ClassNotFoundError, read_bindings
from goldenpath.doubles.initial import attributes_set_in_init
from goldenpath.doubles.members import Member, members_of
from goldenpath.doubles.signatures import signatures_of


class What(Enum):
    """The ways to differ; the values are stable ids."""

    MISSING_CLASS = "missing-class"
    MISSING_MEMBER = "missing-member"
    CALLED_OR_READ = "called-or-read"
    ASYNC_OR_SYNC = "async-or-sync"
    STREAM_OR_VALUE = "stream-or-value"
    MISSING_PARAMETER = "missing-parameter"
    EXTRA_PARAMETER = "extra-parameter"
    RENAMED_PARAMETER = "renamed-parameter"
    PARAMETER_KIND = "parameter-kind"
    DEFAULT = "default"


class Difference(NamedTuple):
    """One difference: which kind, which member, and both sides in words."""

    kind: str
    member: str
    what: What
    interface: str
    real: str

    def __str__(self) -> str:
        place = f"{self.kind}.{self.member}" if self.member else self.kind
        return f"{place}: {self.what.value}: the interface has {self.interface}, the real class has {self.real}"


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What was compared, and every difference found."""

    compared: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        """Something was compared and nothing differs."""
        return bool(self.compared) and not self.differences

    def __str__(self) -> str:
        if not self.compared:
            return "nothing is bound, so nothing was compared; bind real classes in [tool.goldenpath.interfaces]"
        count = len(self.differences)
        head = f"{len(self.compared)} bound ({', '.join(self.compared)}), {count} difference{'' if count == 1 else 's'}"
        return "\n".join([head, *(f"  {difference}" for difference in self.differences)])


def verify_doubles(pyproject: Path | None = None, interfaces: Mapping[str, type] | None = None) -> DriftReport:
    """Compare every built-in interface with the real class that `pyproject.toml` binds to its kind.

    The file is by default the nearest one from the current folder upwards; `interfaces` replaces the built-in ones.
    """
    if interfaces is None:
        from goldenpath.doubles.kinds.catalogue import INTERFACES

        interfaces = INTERFACES
    compared: list[str] = []
    differences: list[Difference] = []
    for binding in read_bindings(pyproject, interfaces):
        interface = interfaces[binding.kind]
        compared.append(binding.kind)
        try:
            differences += compare(interface, binding.load(), binding.kind)
        except ClassNotFoundError as error:
            differences.append(Difference(binding.kind, "", What.MISSING_CLASS, interface.__name__, f"none: {error}"))
    return DriftReport(tuple(compared), tuple(differences))


def compare(interface: type, real: type, kind: str = "") -> list[Difference]:
    """Every difference between an interface and a class that should offer it."""
    offered = {member.name: member for member in attributes_set_in_init(real)} | members_of(real)
    differences: list[Difference] = []
    for name, wanted in members_of(interface).items():
        member = offered.get(name)
        pairs = [(What.MISSING_MEMBER, describe(wanted), "none")] if member is None else between(wanted, member)
        differences += [Difference(kind or interface.__name__, name, *pair) for pair in pairs]
    return differences


Pair = tuple[What, str, str]
"""A way to differ, the interface's side, the real side."""


def between(wanted: Member, member: Member) -> Iterator[Pair]:
    """The differences of one member."""
    if wanted.kind.is_called != member.kind.is_called:
        yield What.CALLED_OR_READ, describe(wanted), describe(member)
        return
    if not wanted.kind.is_called:
        return
    if wanted.flavour.awaits != member.flavour.awaits:
        yield What.ASYNC_OR_SYNC, describe(wanted), describe(member)
    if wanted.flavour.stream != member.flavour.stream:
        yield What.STREAM_OR_VALUE, describe(wanted), describe(member)
    ours, theirs = signatures_of(wanted), signatures_of(member)
    if len(ours) == len(theirs) == 1:
        yield from parameters(ours[0], theirs[0])


def describe(member: Member) -> str:
    """A member in two words."""
    if not member.kind.is_called:
        return f"a {member.kind.value}".replace("a a", "an a")
    stream = f"{'an async' if member.flavour.stream == 'async' else 'a'} generator" if member.flavour.stream else ""
    return stream or f"{'an async' if member.flavour.awaits else 'a sync'} {member.kind.value}"


NAMED: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def parameters(ours: Signature, theirs: Signature) -> Iterator[Pair]:
    """The differences of two signatures, parameter by parameter."""
    wanted, offered = dict(ours.parameters), dict(theirs.parameters)
    for name in [name for name in wanted if name in offered]:
        yield from parameter(wanted.pop(name), offered.pop(name))
    for old, new in renamed(ours, theirs, wanted, offered):
        yield What.RENAMED_PARAMETER, str(wanted.pop(old)), str(offered.pop(new))
    yield from ((What.MISSING_PARAMETER, str(each), "none") for each in wanted.values())
    yield from ((What.EXTRA_PARAMETER, "none", str(each)) for each in offered.values())


def parameter(wanted: Parameter, offered: Parameter) -> Iterator[Pair]:
    """The differences of two parameters of one name; what an annotation says is the type checker's business."""
    if wanted.kind is not offered.kind:
        yield What.PARAMETER_KIND, f"{wanted} ({wanted.kind.description})", f"{offered} ({offered.kind.description})"
    if differ(wanted.default, offered.default):
        yield What.DEFAULT, str(wanted), str(offered)


def differ(one: object, other: object) -> bool:
    """Whether two defaults differ, by what they print where comparing them says nothing (arrays, sentinels)."""
    return type(one) is not type(other) or repr(one) != repr(other)


def renamed(
    ours: Signature, theirs: Signature, wanted: Mapping[str, Parameter], offered: Mapping[str, Parameter]
) -> list[tuple[str, str]]:
    """Parameters in the same place, of the same kind, under another name."""
    places = zip(ours.parameters.values(), theirs.parameters.values(), strict=False)
    return [
        (one.name, other.name)
        for one, other in places
        if one.name in wanted and other.name in offered and one.kind is other.kind and one.kind in NAMED
    ]
