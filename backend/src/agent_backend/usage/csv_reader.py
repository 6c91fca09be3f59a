"""Usage records from CSV, fed in pieces of any size; a broken line is named, and the next one is read all the same.

A record ends where its line ends. A quote that is not closed on its line breaks that line alone: were it allowed to
run on, one stray quote would swallow the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from agent_backend.context import first_problem
from agent_backend.usage.record import UsageRecord

LONGEST_LINE: Final = 16 * 1024
COLUMNS: Final = tuple(UsageRecord.model_fields)
REQUIRED: Final = tuple(name for name, field in UsageRecord.model_fields.items() if field.is_required())
HEADER: Final = ",".join(COLUMNS)


class HeaderRefused(Exception):
    """The first line is no header of ours; nothing of the file can be read."""


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that was left out, by its number in the file, and why."""

    line: int
    problem: str


class UsageCsvReader:
    """Turns the bytes of a file into records and broken lines, holding no more than one line of it."""

    def __init__(self) -> None:
        self.lines = 0
        self._columns: tuple[str, ...] = ()
        self._rest = b""
        self._overlong = False

    def feed(self, piece: bytes) -> Iterator[UsageRecord | BrokenLine]:
        """What the next piece of the file completes; raises HeaderRefused."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        for line in whole:
            yield from self._end_of_line(line)
        if len(self._rest) > LONGEST_LINE:
            self._overlong, self._rest = True, b""

    def finish(self) -> Iterator[UsageRecord | BrokenLine]:
        """What the last line holds when no line break follows it; raises HeaderRefused for a file without a header."""
        if self._rest or self._overlong:
            line, self._rest = self._rest, b""
            yield from self._end_of_line(line)
        if not self._columns:
            raise HeaderRefused(f"the file is empty; its first line must be {HEADER}")

    def _end_of_line(self, line: bytes) -> Iterator[UsageRecord | BrokenLine]:
        self.lines += 1
        overlong, self._overlong = self._overlong or len(line) > LONGEST_LINE, False
        if overlong:
            yield from self._broken(f"is longer than {LONGEST_LINE} bytes")
            return
        try:
            text = line.removesuffix(b"\r").decode("utf-8-sig" if self.lines == 1 else "utf-8")
        except UnicodeDecodeError:
            yield from self._broken("is not UTF-8")
            return
        if not text.strip():
            return
        try:
            fields = next(csv.reader([text], strict=True))
        except csv.Error:
            yield from self._broken("has a quote that is not closed on this line, or text after a closing quote")
            return
        if self._columns:
            yield self._record(fields)
        else:
            self._columns = _read_header(fields)

    def _broken(self, problem: str) -> Iterator[BrokenLine]:
        """Without a header nothing that follows can be read, so a broken first line refuses the file."""
        if not self._columns:
            raise HeaderRefused(f"line {self.lines} {problem}; the first line must be {HEADER}")
        yield BrokenLine(self.lines, problem)

    def _record(self, fields: list[str]) -> UsageRecord | BrokenLine:
        if len(fields) != len(self._columns):
            return BrokenLine(self.lines, f"has {len(fields)} fields where the header has {len(self._columns)}")
        given = {name: text for name, text in zip(self._columns, fields, strict=True) if text.strip()}
        try:
            return UsageRecord.model_validate(given)
        except ValidationError as invalid:
            return BrokenLine(self.lines, first_problem(invalid))


def _read_header(fields: list[str]) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in fields)
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in names]
    doubled = sorted({name for name in names if names.count(name) > 1})
    problems = [
        f"{what} {', '.join(repr(name[:40]) for name in found[:10])}"
        for what, found in (("does not know", unknown), ("lacks", missing), ("repeats", doubled))
        if found
    ]
    if problems:
        raise HeaderRefused(f"the header {' and '.join(problems)}; the columns are {HEADER}")
    return names
