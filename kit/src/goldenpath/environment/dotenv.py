"""Read `.env` files, strictly: what cannot be understood is an error that names the file and the line.

The grammar: `NAME=value` or `export NAME=value` on a line, `#` comments, and three kinds of value. Bare ones end
at ` #` or the line's end; 'single quoted' ones are literal; "double quoted" ones know the escapes below. Quoted values
may span lines. Nothing is ever expanded: `$HOME` is five characters.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from goldenpath.environment.faults import EnvFileError

ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}

_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=")
_BARE = re.compile(r"(?![ \t]+#)[ \t]*([^\n]*?)(?=[ \t]+#|[ \t]*(?:\n|\Z))|")
_QUOTED = {"'": re.compile(r"[ \t]*'([^']*)'"), '"': re.compile(r'[ \t]*"((?:[^"\\]|\\.)*)"', re.DOTALL)}
_OPENING = re.compile(r"[ \t]*(['\"]?)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class _Malformed(Exception):
    """What is wrong and where; kept apart from EnvFileError because its frames hold the text of the file."""

    def __init__(self, line: int | None, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


def read_env_file(path: str | os.PathLike[str]) -> dict[str, tuple[str, int]]:
    """The variables of a file, each with the line that defines it."""
    file = Path(path)
    try:
        return _parse(_decoded(file))
    except _Malformed as malformed:
        line, problem = malformed.line, malformed.problem
    except OSError as error:
        line, problem = None, f"cannot be read: {error.strerror or type(error).__name__}"
    raise EnvFileError(file, line, problem)


def _decoded(file: Path) -> str:
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _Malformed(raw.count(b"\n", 0, error.start) + 1, "is not UTF-8") from None


def _parse(text: str) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    position, line = 0, 1
    while position < len(text):
        end = _blank_until(text, position)
        if end is None:
            name, value, end = _binding(text, position, line)
            if name in found:
                raise _Malformed(line, f"{name} is defined twice, first on line {found[name][1]}")
            found[name] = value, line
        line += text.count("\n", position, end)
        position = end
    return found


def _blank_until(text: str, position: int) -> int | None:
    blank = _BLANK.match(text, position)
    return blank.end() if blank else None


def _binding(text: str, position: int, line: int) -> tuple[str, str, int]:
    """The name, the value and where the next line begins."""
    start = _NAME.match(text, position)
    if start is None:
        raise _Malformed(line, "expected NAME=value, a # comment or an empty line")
    name = start.group(1)
    opening = _OPENING.match(text, start.end())
    quote = opening.group(1) if opening else ""
    pattern = _QUOTED.get(quote, _BARE)
    match = pattern.match(text, start.end())
    if match is None:
        raise _Malformed(line, f"the value of {name} opens with {quote} and no {quote} closes it")
    end = _blank_until(text, match.end())
    if end is None:
        last = line + text.count("\n", position, match.end())
        raise _Malformed(last, f"something follows the closing {quote} of {name}")
    value = match.group(1) or ""
    if "\0" in value:
        raise _Malformed(line, f"the value of {name} holds a NUL character")
    return name, _unescaped(value, name, line) if quote == '"' else value, end


def _unescaped(value: str, name: str, line: int) -> str:
    def meaning(escape: re.Match[str]) -> str:
        character = escape.group(1)
        if character not in ESCAPES:
            at = line + value.count("\n", 0, escape.start())
            raise _Malformed(at, f"{name} holds an unknown escape; write \\\\ for a backslash, or use 'single quotes'")
        return ESCAPES[character]

    return _ESCAPE.sub(meaning, value)
