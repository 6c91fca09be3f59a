"""The short way to write shapes down, in TOML and in Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from goldenpath.contracts.shape import Shape
from goldenpath.contracts.shapes import Anything, Either, Flag, Items, Number, Record, Text

KINDS: Final[Mapping[str, Shape]] = {
    "any": Anything(),
    "string": Text(),
    "non-empty string": Text(nonempty=True),
    "boolean": Flag(),
    "object": Record(),
    "array": Items(),
    "number": Number(),
    "integer": Number(whole=True),
}
BOUNDED: Final = re.compile(r"(number|integer)\s*(?:>=\s*(-?[\d.]+))?\s*(?:<=\s*(-?[\d.]+))?")
ARRAY: Final = "array of "


class NotationError(ValueError):
    """A shape is written in a way that has no meaning; `place` is where, from the outermost name inwards."""

    def __init__(self, message: str, place: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.place = place


def shape_of(notation: Any) -> Shape:
    """The shape that is written as a word, as a list of allowed strings, or as a table of fields."""
    if isinstance(notation, Shape):
        return notation
    if isinstance(notation, Mapping):
        return record_of(notation)
    if isinstance(notation, list) and notation and all(isinstance(choice, str) for choice in notation):
        return Text(choices=tuple(notation))
    if isinstance(notation, str):
        return worded(notation)
    raise NotationError(f"{notation!r} is no shape: write a word, a list of allowed strings, or a table of fields")


def record_of(fields: Mapping[str, Any], *, closed: bool = False) -> Record:
    """A record of these fields; a `?` at the end of a name makes the field optional."""
    required: dict[str, Shape] = {}
    optional: dict[str, Shape] = {}
    for name, notation in fields.items():
        table = optional if name.endswith("?") else required
        try:
            table[name.removesuffix("?")] = shape_of(notation)
        except NotationError as error:
            raise NotationError(str(error), (name, *error.place)) from None
    return Record(required, optional, closed)


def worded(words: str) -> Shape:
    """A shape in words: `integer >= 0`, `array of string`, `string or integer`."""
    alternatives = words.split(" or ")
    if len(alternatives) > 1:
        return Either(tuple(worded(alternative) for alternative in alternatives))
    word = words.strip()
    if word in KINDS:
        return KINDS[word]
    if word.startswith(ARRAY):
        return Items(worded(word.removeprefix(ARRAY)))
    bounded = BOUNDED.fullmatch(word)
    if bounded is None:
        raise NotationError(
            f"{word!r} is no kind of value; the kinds are: {', '.join(KINDS)}, and array of any of them"
        )
    kind, low, high = bounded.groups()
    return Number(amount(low), amount(high), whole=kind == "integer")


def amount(digits: str | None) -> float | None:
    """A bound, as an integer where it is one."""
    if digits is None:
        return None
    try:
        return float(digits) if "." in digits else int(digits)
    except ValueError:
        raise NotationError(f"{digits!r} is no number") from None
