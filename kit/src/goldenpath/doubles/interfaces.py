"""The class each kind is compiled from: given, or bound in `pyproject.toml`, or the built-in interface."""

from __future__ import annotations

from collections.abc import Mapping

from goldenpath.doubles.bindings import Binding, read_bindings
from goldenpath.doubles.kinds.catalogue import INTERFACES, unknown_kind


class Interfaces:
    """Answers with the real class of a kind, importing it when the kind is first made."""

    __slots__ = ("_bindings", "_classes")

    def __init__(self, given: Mapping[str, type] | None) -> None:
        self._bindings: dict[str, Binding] | None = None if given is None else {}
        self._classes: dict[str, type | None] = dict(_checked(given or {}))

    def real(self, kind: str) -> type | None:
        """The real class of a kind, or None where it has none."""
        try:
            return self._classes[kind]
        except KeyError:
            found = self._classes[kind] = self._bound(kind)
            return found

    def _bound(self, kind: str) -> type | None:
        if self._bindings is None:
            self._bindings = {binding.kind: binding for binding in read_bindings(kinds=INTERFACES)}
        binding = self._bindings.get(kind)
        return None if binding is None else binding.load()


def _checked(given: Mapping[str, type]) -> Mapping[str, type]:
    for kind, real in given.items():
        if kind not in INTERFACES:
            raise unknown_kind(kind, INTERFACES)
        if not isinstance(real, type):
            raise TypeError(f"the interface of {kind!r} is a class, not {real!r}")
    return given
