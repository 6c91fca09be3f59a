"""The configuration file: TOML whose every mistake is reported with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent_backend.config.names import FIELDS, hint
from agent_backend.config.problem import Origin, Problem

CONFIG_FILE: Final = "config file"
"""The kind of source that an origin names."""

_TABLE: Final = re.compile(r"\s*\[\s*(?P<name>[A-Za-z0-9_.\s\"'-]+?)\s*\]\s*(#.*)?$")
_KEY: Final = re.compile(r"\s*(?P<name>[A-Za-z0-9_\"'-]+(\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")
_PLACE: Final = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True, slots=True)
class FileValues:
    """What a file says: values by dotted name, each with its place, and what is wrong with the file itself."""

    values: dict[str, tuple[Any, Origin]]
    problems: list[Problem]


def read_config_file(path: Path) -> FileValues:
    """Read a file; a key that is no setting is an error, for a misspelt one would be ignored without a word."""
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        return FileValues({}, [_problem(path, None, f"cannot be read ({error.strerror or error})")])
    except UnicodeDecodeError:
        return FileValues({}, [_problem(path, None, "is not UTF-8 text")])
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        reason = str(error).partition(" (at ")[0]
        line = int(place[1]) if place else text.count("\n") + 1
        return FileValues({}, [_problem(path, line, f"is no TOML: {reason[0].lower()}{reason[1:]}")])
    lines = _lines(text)
    values: dict[str, tuple[Any, Origin]] = {}
    problems: list[Problem] = []
    for name, value in _flat(content):
        origin = Origin(CONFIG_FILE, str(path), lines.get(name) or lines.get(name.partition(".")[0]))
        if name in FIELDS:
            values[name] = (value, origin)
        else:
            problems.append(Problem(name, f"is no setting; {hint(name, list(FIELDS))}", origin, "unknown"))
    return FileValues(values, problems)


def _flat(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, dict) and any(field.startswith(f"{name}.") for field in FIELDS):
            yield from ((f"{name}.{leaf}", inner) for leaf, inner in value.items())
        else:
            yield name, value


def _lines(text: str) -> dict[str, int]:
    """The line of every table and key: the parser of the standard library tells none for what it accepts."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = _plain(header["name"])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            name = f"{table}.{_plain(key['name'])}".removeprefix(".")
            found.setdefault(name, number)
            found.setdefault(".".join(name.split(".")[:2]), number)
    return found


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _problem(path: Path, line: int | None, text: str) -> Problem:
    return Problem("", text, Origin(CONFIG_FILE, str(path), line), "config-file")
