"""What the toolkit offers: read from its own files, so that it can never differ from what is installed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import goldenpath
from goldenpath.cli.commands import COMMANDS
from goldenpath.cli.find.entry import Entry
from goldenpath.cli.find.reading import Definition, File, read, signature, summary

HOME: Final = Path(goldenpath.__file__).resolve().parent
OFFERED_METHODS: Final = {
    "SSotMockFactory": ("double", "create"),
    "WebSocketAssertions": ("assertion", "assert"),
    "SSotBaseTestCase": ("assertion", ""),
    "DatabaseTestUtility": ("service", ""),
    "WebSocketTestUtility": ("service", ""),
}
"""Classes whose methods are worth finding by themselves: the kind of each, and how their names begin."""
KIND_OF: Final = {
    "doubles": "double",
    "contracts": "contract",
    "services": "service",
    "databases": "service",
    "live": "service",
    "testcase": "case",
}
"""What the public names of a room are; elsewhere they are simply public."""


def toolkit() -> Iterator[Entry]:
    """Everything the toolkit offers."""
    yield from _fixtures()
    yield from _public_names()
    yield from (Entry("command", f"goldenpath {name}", each.summary, each.module) for name, each in COMMANDS.items())
    yield from _rules()


def _fixtures() -> Iterator[Entry]:
    from goldenpath.plugin.websocket import SCENARIOS

    for path in sorted((HOME / "plugin").glob("*.py")):
        for entry in read(path.read_text("utf-8"), File(_module(path), "toolkit", False)):
            if entry.kind == "fixture":
                yield entry
    for name, scenario in SCENARIOS.items():
        told = f"A simulated WebSocket manager for the scenario {scenario}."
        yield Entry("fixture", name, told, "goldenpath.plugin.websocket")


def _public_names() -> Iterator[Entry]:
    for name, module in sorted(goldenpath._HOME.items()):
        found = _definitions(HOME / Path(*module.split(".")[1:])).get(name)
        kind = KIND_OF.get(module.split(".")[1], "api")
        if found is None:
            yield Entry(kind, name, "", f"from {module} import {name}")
            continue
        place, node = found
        parameters = signature(node) if isinstance(node, Definition) else ""
        yield Entry(kind, name, summary(node), place, parameters)
        if name in OFFERED_METHODS and isinstance(node, ast.ClassDef):
            yield from _methods(name, place, node)


def _methods(owner: str, place: str, node: ast.ClassDef) -> Iterator[Entry]:
    kind, beginning = OFFERED_METHODS[owner]
    for each in node.body:
        if isinstance(each, Definition) and each.name.startswith(beginning) and not each.name.startswith("_"):
            module = place.rpartition(":")[0]
            told = summary(each)
            yield Entry(kind, f"{owner}.{each.name}", told, f"{module}:{each.lineno}", signature(each, bound=True))


@cache
def _definitions(room: Path) -> dict[str, tuple[str, Definition | ast.ClassDef]]:
    """Every function and class at the top of a room's modules, by name."""
    found: dict[str, tuple[str, Definition | ast.ClassDef]] = {}
    for path in sorted(room.rglob("*.py")):
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, Definition | ast.ClassDef):
                found.setdefault(node.name, (f"{_module(path)}:{node.lineno}", node))
    return found


def _rules() -> Iterator[Entry]:
    from goldenpath.audit.catalogue import catalogue

    for rule in catalogue().values():
        yield Entry("rule", f"{rule.id} {rule.name}", rule.summary, f"goldenpath audit --explain {rule.id}")


def _module(path: Path) -> str:
    return ".".join(["goldenpath", *path.relative_to(HOME).with_suffix("").parts]).removesuffix(".__init__")
