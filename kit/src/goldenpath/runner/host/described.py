"""What the run needs to know of a collected test, in plain values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pytest

_STACK: Final = "service_stack"
_SERVICES_SETTING: Final = "goldenpath_services"
_WIDE: Final = frozenset({"class", "module", "package"})
_EMPTY: Final = "got empty parameter set"
_RESOURCE_MARKS: Final = ("heavy", "exclusive")


def describe(item: pytest.Item, config: pytest.Config) -> tuple[Any, ...]:
    """Fields of `goldenpath.runner.local.collected.Found`, in order."""
    path, line, _ = item.location
    marks = tuple(dict.fromkeys(mark.name for mark in item.iter_markers()))
    return (
        item.nodeid,
        path.replace("\\", "/"),
        None if line is None else line + 1,
        marks,
        tuple(_tokens(item, marks)),
        _timeout(item, config) if "timeout" in marks else None,
        tuple(_services(item, config)),
        _group(item),
        "skip" in marks and _empty(item),
    )


def _tokens(item: pytest.Item, marks: Iterable[str]) -> Iterable[str]:
    for mark in marks:
        if mark in _RESOURCE_MARKS:
            yield mark
        elif mark == "resource":
            for each in item.iter_markers("resource"):
                yield from map(str, each.args)


def _timeout(item: pytest.Item, config: pytest.Config) -> float | None:
    """The time-out mark's seconds, unless pytest-timeout is there to see to it."""
    if config.pluginmanager.hasplugin("timeout"):
        return None
    mark = item.get_closest_marker("timeout")
    seconds = (mark.kwargs.get("timeout") or (mark.args or (None,))[0]) if mark else None
    return float(seconds) if seconds else None


def _services(item: pytest.Item, config: pytest.Config) -> Iterable[str]:
    names: Iterable[str] = getattr(item, "fixturenames", ())
    if _STACK in names:
        yield from config.getini(_SERVICES_SETTING)


def _group(item: pytest.Item) -> str:
    """The node whose fixtures the item shares with its neighbours, so that they are set up once; empty when it is free.

    The widest of package, module and class wins: what is cheap to share is never worth a second set-up.
    """
    info = getattr(item, "_fixtureinfo", None)
    scopes = {
        definitions[-1].scope for definitions in getattr(info, "name2fixturedefs", {}).values() if definitions
    } & _WIDE
    if not scopes:
        return ""
    kind = pytest.Package if "package" in scopes else pytest.Module if "module" in scopes else pytest.Class
    node = item.getparent(kind) or item.getparent(pytest.Module)
    return node.nodeid if node is not None else ""


def _empty(item: pytest.Item) -> bool:
    return any(str(mark.kwargs.get("reason", "")).startswith(_EMPTY) for mark in item.iter_markers("skip"))
