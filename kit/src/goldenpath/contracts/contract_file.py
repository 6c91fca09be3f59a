"""Contracts written in TOML, with errors that name the line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Final

from goldenpath.contracts.clause import Clause
from goldenpath.contracts.contract import ContractError, EventContract, nearest
from goldenpath.contracts.notation import NotationError, record_of
from goldenpath.contracts.once import Once
from goldenpath.contracts.pairing import Pairing
from goldenpath.contracts.timing import Gap, Numbering

Place = tuple[str | int, ...]

CLAUSES: Final[Mapping[str, type]] = {"pairing": Pairing, "numbering": Numbering, "gap": Gap, "once": Once}
WORDS: Final = ("name", "type_key", "run_key")
LISTS: Final = ("first", "last", "terminal", "required", "outside")
TABLES: Final = ("events", "transitions", "severities")
KNOWN: Final = dict.fromkeys((*WORDS, *LISTS, *TABLES, *CLAUSES, "closed"))


class Misplaced(Exception):
    """What is wrong, and where in the tables it stands."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


def load_contract(path: Path | str) -> EventContract:
    """The contract in a TOML file."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContractError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ContractError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    return parse_contract(text, str(path))


def parse_contract(text: str, source: str = "contract") -> EventContract:
    """The contract in a TOML text; errors name the line of `source`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"{source}: {error}") from error
    try:
        return contract_of(tables)
    except Misplaced as error:
        raise ContractError(f"{source}, line {line_of(text, error.place)}: {error}") from None


def contract_of(tables: Mapping[str, Any]) -> EventContract:
    """The contract that the tables describe."""
    for name in tables:
        if name not in KNOWN:
            raise Misplaced(f"there is no {name!r} in a contract; {nearest(name, KNOWN)}", (name,))
    for name in ("name", "events", "first", "last"):
        if name not in tables:
            raise Misplaced(f"a contract needs {name!r}", ())
    closed = expect(tables, ("closed",), bool, False)
    given: dict[str, Any] = {name: expect(tables, (name,), str) for name in WORDS if name in tables}
    given |= {name: frozenset(strings(tables[name], (name,))) for name in LISTS if name in tables}
    events = {type_: event(type_, shape, closed) for type_, shape in expect(tables, ("events",), dict).items()}
    transitions = expect(tables, ("transitions",), dict, {})
    after = {type_: frozenset(strings(names, ("transitions", type_))) for type_, names in transitions.items()}
    severities = expect(tables, ("severities",), dict, {})
    clauses = [
        clause(kind, number, entry)
        for kind in CLAUSES
        for number, entry in enumerate(expect(tables, (kind,), list, []))
    ]
    try:
        return EventContract(events=events, transitions=after, severities=severities, clauses=tuple(clauses), **given)
    except ContractError as error:
        raise Misplaced(str(error), error.place) from error


def event(type_: str, notation: Any, closed: bool) -> Any:
    """The form of one type of event."""
    if not isinstance(notation, dict):
        raise Misplaced(f"{type_} should be a table of its fields", ("events", type_))
    try:
        return record_of({"type?": "any", **notation}, closed=closed)
    except NotationError as error:
        raise Misplaced(str(error), ("events", type_, *error.place)) from error


def clause(kind: str, number: int, entry: Any) -> Clause:
    """One clause from its table."""
    place: Place = (kind, number)
    if not isinstance(entry, dict):
        raise Misplaced(f"write each {kind} as a table, under [[{kind}]]", place)
    declared = {field.name: field for field in fields(CLAUSES[kind]) if field.name != "chunks"}
    for name in entry:
        if name not in declared:
            raise Misplaced(f"a {kind} has no {name!r}; {nearest(name, declared)}", (*place, name))
    for name, field in declared.items():
        if name not in entry and field.default is MISSING:
            raise Misplaced(f"a {kind} needs {name!r}", place)
    values = {name: fitting(declared[name].type, value, (*place, name)) for name, value in entry.items()}
    made: Clause = CLAUSES[kind](**values)
    return made


KINDS: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "str": ("a string", lambda value: isinstance(value, str)),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "int": ("an integer", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "float": ("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
}


def fitting(kind: Any, value: Any, place: Place) -> Any:
    """The value of a clause's field, of the kind that the clause declares."""
    if kind not in KINDS:
        return tuple(strings([value] if isinstance(value, str) else value, place))
    words, fits = KINDS[kind]
    if not fits(value):
        raise Misplaced(f"{place[-1]} should be {words}, not {value!r}", place)
    return value


def expect(tables: Mapping[str, Any], place: tuple[str], kind: type, default: Any = None) -> Any:
    """The entry at a place, of the kind it must have."""
    value = tables.get(place[0], default)
    if not isinstance(value, kind):
        named = {str: "a string", bool: "true or false", dict: "a table", list: "a list of tables"}[kind]
        raise Misplaced(f"{place[0]} should be {named}, not {value!r}", place)
    return value


def strings(value: Any, place: Place) -> list[str]:
    """A list of event types."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Misplaced(f"{place[-1]} should be a list of event types, not {value!r}", place)
    return value


def line_of(text: str, place: Place) -> int:
    """The line on which what stands at a place begins.

    The reader of the standard library keeps no lines. But each beginning of the text that is TOML itself can be read,
    and the first of them that has the place ends with the entry looked for.
    """
    lines = text.splitlines()
    before = 0
    for count in range(1, len(lines) + 1):
        try:
            tables = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        if stands(tables, place):
            entry = [number for number in range(before, count) if lines[number].split("#")[0].strip()]
            return entry[0] + 1 if entry else count
        before = count
    return line_of(text, place[:-1]) if place else 1


def stands(tables: Any, place: Place) -> bool:
    """Whether there is anything at a place."""
    for step in place:
        inside = range(len(tables)) if isinstance(tables, list) else tables
        if not isinstance(tables, (dict, list)) or step not in inside:
            return False
        tables = tables[step]  # type: ignore[index]
    return True
