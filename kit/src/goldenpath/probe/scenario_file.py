"""Scenarios written in TOML, with errors that name the line, the key and what was expected."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from goldenpath.contracts import ContractError
from goldenpath.contracts.contract import nearest
from goldenpath.contracts.contract_file import Misplaced, Place, line_of
from goldenpath.contracts.presets import PRESETS, contract_named
from goldenpath.probe.scenario import (
    SSE,
    Ask,
    Connect,
    Faults,
    Fields,
    Isolation,
    Limits,
    Load,
    Resume,
    Scenario,
    Step,
)
from goldenpath.probe.templates import TemplateError, parse_path, placeholders

TABLES: Final[Mapping[str, type]] = {
    "fields": Fields,
    "connect": Connect,
    "ask": Ask,
    "resume": Resume,
    "load": Load,
    "faults": Faults,
    "isolation": Isolation,
    "limits": Limits,
}
STEPS: Final = ("login", "ticket", "look")
GIVEN: Final = frozenset(
    {"tenant", "user", "email", "password", "canary", "unique", "number", "run", "seq", "epoch", "seed"}
)
"""The placeholders that need no capture."""


class ScenarioError(Exception):
    """A scenario is not well formed."""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _strings(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


KINDS: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "str": ("a string", lambda value: isinstance(value, str)),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "int": ("an integer", _whole),
    "float": ("a number", lambda value: _whole(value) or isinstance(value, float)),
    "Strings": ("a table of strings", _strings),
    "tuple[str, ...]": ("a list of strings", _list_of(lambda value: isinstance(value, str))),
    "tuple[int, ...]": ("a list of integers", _list_of(_whole)),
    "Any": ("a value", lambda value: True),
}


def builtin_names() -> list[str]:
    """The scenarios that come with the toolkit."""
    return sorted(each.name.removesuffix(".toml") for each in _shelf().iterdir() if each.name.endswith(".toml"))


def builtin_text(name: str) -> str:
    """The file of a built-in scenario."""
    known = builtin_names()
    if name not in known:
        raise ScenarioError(f"there is no scenario {name!r}; {nearest(name, dict.fromkeys(known))}, or a .toml file")
    return (_shelf() / f"{name}.toml").read_text(encoding="utf-8")


def _shelf() -> Traversable:
    return files("goldenpath.probe") / "scenarios"


def load_scenario(name: str) -> Scenario:
    """A built-in scenario by its name, or the one in a file."""
    if not name.endswith(".toml") and not Path(name).is_file():
        return parse_scenario(builtin_text(name), name)
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    return parse_scenario(text, name, folder=path.parent)


def parse_scenario(text: str, source: str = "scenario", folder: Path | None = None) -> Scenario:
    """The scenario in a TOML text; the file of its contract is looked for beside it."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{source}: {error}") from error
    try:
        return _scenario_of(tables, folder or Path())
    except Misplaced as error:
        raise ScenarioError(f"{source}, line {line_of(text, error.place)}: {error}") from None


def _scenario_of(tables: Mapping[str, Any], folder: Path) -> Scenario:
    words = {each.name: each for each in fields(Scenario) if each.name not in (*TABLES, *STEPS)}
    _refuse_unknown(tables, {**words, **TABLES, **dict.fromkeys(STEPS)}, "a scenario", ())
    for name in ("name", "ask"):
        if name not in tables:
            raise Misplaced(f"a scenario needs {name!r}", ())
    given: dict[str, Any] = {
        name: _fitting(words[name], value, (name,)) for name, value in tables.items() if name in words
    }
    for name, kind in TABLES.items():
        if name in tables:
            given[name] = _made(kind, tables[name], (name,), f"[{name}]")
    for name in STEPS:
        entries = tables.get(name, [])
        if not isinstance(entries, list):
            raise Misplaced(f"write each {name} step as a table, under [[{name}]]", (name,))
        given[name] = tuple(_made(Step, each, (name, at), f"a {name} step") for at, each in enumerate(entries))
    scenario = Scenario(**given)
    return replace(scenario, contract=_contract(scenario.contract, folder)) if _coherent(scenario) else scenario


def _made(kind: type, table: Any, place: Place, noun: str) -> Any:
    """One of the scenario's parts from its table."""
    if not isinstance(table, dict):
        raise Misplaced(f"{place[0]} should be a table, not {table!r}", place)
    declared = {each.name: each for each in fields(kind)}
    _refuse_unknown(table, declared, noun, place)
    for name, each in declared.items():
        if name not in table and each.default is MISSING and each.default_factory is MISSING:
            raise Misplaced(f"{noun} needs {name!r}", place)
    return kind(**{name: _fitting(declared[name], value, (*place, name)) for name, value in table.items()})


def _refuse_unknown(table: Mapping[str, Any], known: Mapping[str, Any], noun: str, place: Place) -> None:
    for name in table:
        if name not in known:
            raise Misplaced(f"{noun} has no {name!r}; {nearest(name, known)}", (*place, name))


def _fitting(declared: Any, value: Any, place: Place) -> Any:
    """The value of a field, of the kind and within the bounds that the field declares."""
    key = ".".join(str(step) for step in place if not isinstance(step, int))
    words, fits = KINDS[declared.type]
    bound, choices = declared.metadata.get("least"), declared.metadata.get("choices")
    if bound is not None:
        words = f"{words} of {bound:g} or more"
    if choices is not None:
        words = f"one of {', '.join(choices)}"
    if not fits(value) or (bound is not None and value < bound) or (choices is not None and value not in choices):
        raise Misplaced(f"{key} should be {words}, not {value!r}", place)
    if isinstance(value, list):
        return tuple(value)
    return float(value) if declared.type == "float" else value


def _coherent(scenario: Scenario) -> bool:
    """Whether the parts fit together: every placeholder is given or captured, every path can be walked."""
    known = set(GIVEN)
    of_the_first = {name for step in scenario.login if step.who != "others" for name in step.capture}
    for name in ("login", "ticket"):
        for at, step in enumerate(getattr(scenario, name)):
            earlier = {f"first.{each}" for each in of_the_first} if step.who == "others" else set()
            _refuse_strangers((step.url, step.json, step.headers), known | earlier, (name, at))
            known |= _captured(step.capture, (name, at, "capture"))
    connect = scenario.connect
    _refuse_strangers((connect.path, connect.query, connect.headers, connect.subprotocols), known, ("connect",))
    if scenario.ask.message is None:
        raise Misplaced("[ask] needs 'message': a table, or a string that is sent as it is", ("ask",))
    _refuse_strangers(scenario.ask.message, known, ("ask", "message"))
    known |= _captured(scenario.ask.capture, ("ask", "capture"))
    for at, step in enumerate(scenario.look):
        _refuse_strangers((step.url, step.json, step.headers), known, ("look", at))
    if scenario.resume is not None:
        if scenario.resume.message is None:
            raise Misplaced("[resume] needs 'message'", ("resume",))
        if scenario.transport == SSE:
            raise Misplaced("[resume] is for WebSockets: over sse each run is one answer", ("resume",))
        _refuse_strangers(scenario.resume.message, known, ("resume", "message"))
    return True


def _refuse_strangers(template: Any, known: set[str], place: Place) -> None:
    for name in placeholders(template):
        owner, _, own = name.rpartition(".")
        if name not in known and (own not in known or owner not in {"", "first", "theirs"}):
            hint = nearest(name, dict.fromkeys(sorted(known)))
            raise Misplaced(f"nothing gives {{{name}}} a value before it is used here; {hint}", place)


def _captured(capture: Mapping[str, str], place: Place) -> set[str]:
    for name, path in capture.items():
        try:
            parse_path(path)
        except TemplateError as error:
            raise Misplaced(str(error), (*place, name)) from None
    return set(capture)


def _contract(name: str, folder: Path) -> str:
    """The contract's name, or the path of its file; refused where there is no such contract."""
    preset = name.lower().replace("_", "-")
    if preset in PRESETS:
        return preset
    file = str(folder / name)
    try:
        contract_named(file if (folder / name).is_file() else name)
    except ContractError as error:
        raise Misplaced(str(error), ("contract",)) from None
    return file
