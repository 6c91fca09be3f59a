"""Doubles beside the classes they stand for, where both are certain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from goldenpath.audit.facts import Class, Method
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.resolution import PLAIN_BASES, Ancestry

_KNOWN_KINDS = {"method", "class", "static"}


@dataclass(frozen=True)
class Pair:
    """A double, and the production class it certainly stands for."""

    view: View
    double: Class
    real_view: View
    real: Class
    ancestry: Ancestry
    """Of the real class."""

    @property
    def closed(self) -> bool:
        """Whether the real class certainly has no other members than the ones that are seen."""
        return self.ancestry.certain and self.ancestry.external <= PLAIN_BASES and not self.real.decorators

    def shared(self) -> Iterator[tuple[Method, Method]]:
        """The public methods both have, as (the double's, the real one's)."""
        real: dict[str, Method] = {}
        for _, row in self.ancestry.classes:
            for method in row.methods:
                real.setdefault(method.name, method)
        for method in self.double.methods:
            other = real.get(method.name)
            if other is None or method.name.startswith("_") or {method.kind, other.kind} - _KNOWN_KINDS:
                continue
            yield method, other


def pairs(inspection: Inspection) -> Iterator[Pair]:
    """Every double of the reported files whose real class is known."""
    for view, row, role in inspection.doubles:
        if row.dynamic or row.decorators or not inspection.project.reports(view.path):
            continue
        real = inspection.real_of(view, row, role)
        if real is not None and not real[1].decorators:
            yield Pair(view, row, *real, inspection.ancestry(*real))
