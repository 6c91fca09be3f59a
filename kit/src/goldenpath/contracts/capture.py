"""Events read from captures: JSON lines, and server-sent events as they come over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final, NamedTuple, NoReturn

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
FIELDS: Final = (b"data", b"event", b"id", b"retry", b":")


class Unreadable(NamedTuple):
    """What stands where an event should be, and why it cannot be read."""

    text: str
    reason: str


class Captured(NamedTuple):
    """One event, with the line it begins on."""

    line: int
    event: Any


def read_capture(lines: Iterable[bytes]) -> Iterator[Captured]:
    """The events of a capture; its first line that is not blank tells JSON lines from server-sent events."""
    numbered = ((number, line.rstrip(b"\r\n")) for number, line in enumerate(lines, 1))
    for number, line in numbered:
        line = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
        if line.strip():
            rest = chain([(number, line)], numbered)
            yield from server_sent_events(rest) if line.startswith(FIELDS) else json_lines(rest)


def json_lines(numbered: Iterable[tuple[int, bytes]]) -> Iterator[Captured]:
    """One event on each line that is not blank."""
    for number, line in numbered:
        if line.strip():
            yield Captured(number, parsed(line))


def server_sent_events(numbered: Iterable[tuple[int, bytes]]) -> Iterator[Captured]:
    """One event for each block of `data:` lines; a block that the capture cuts off counts too, if it can be read."""
    first, data = 0, list[bytes]()
    for number, line in chain(numbered, [(0, b"")]):
        field, _, value = line.partition(b":")
        if field == b"data":
            first = first or number
            data.append(value.removeprefix(b" "))
        elif not line and data:
            yield Captured(first, parsed(b"\n".join(data)))
            first, data = 0, []
        elif line and line.split(b":")[0] not in FIELDS and not line.startswith(b":"):
            yield Captured(number, Unreadable(line.decode(errors="replace"), "it is no field of a server-sent event"))


def parsed(text: bytes) -> Any:
    """The JSON value, or why there is none."""
    try:
        return json.loads(text.decode(), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        return Unreadable(text.decode(errors="replace"), str(error) or "it is nested too deeply")


def refuse(constant: str) -> NoReturn:
    """NaN and the infinities, which Python would take, are not JSON."""
    raise ValueError(f"{constant} is not JSON")
