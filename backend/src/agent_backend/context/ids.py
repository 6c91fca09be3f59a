"""The one id scheme: a prefix that tells the kind, then a UUIDv7, so that ids sort by the time they were made."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from agent_backend.context.clock import Clock

_COUNTER_BITS: Final = 12
_RANDOM_BITS: Final = 62
SKEW: Final = timedelta(minutes=5)
"""How far apart the clocks of two instances may be."""

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_FORM: Final = re.compile(r"([a-z]{3})_([0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15})", re.ASCII)


class Kind(StrEnum):
    """What an id names; the value is its prefix."""

    TENANT = "ten"
    USER = "usr"
    THREAD = "thr"
    RUN = "run"
    MESSAGE = "msg"
    TOOL_CALL = "tcl"
    CONNECTION = "con"
    REQUEST = "req"
    TOKEN = "tok"
    USAGE = "use"
    SESSION = "ses"
    EXECUTION = "exe"
    INSTANCE = "ins"


_PREFIXES: Final = tuple(kind.value for kind in Kind)


class InvalidIdError(ValueError):
    """A text is no id, or the id of another kind of thing."""


@dataclass(frozen=True, slots=True)
class ParsedId:
    """An id taken apart."""

    kind: Kind
    uuid: UUID

    @property
    def created_at(self) -> datetime:
        return _EPOCH + (self.uuid.int >> 80) * _MILLISECOND


def check_id(text: str, kind: Kind) -> str:
    """The digits of an id, or raise: a thread id where a user id is expected must not get past the border."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise InvalidIdError(f"expected an id of the form {kind.value}_<32 hex digits>")
    if form[1] != kind.value:
        raise InvalidIdError(
            f"expected the id of a {kind.name.lower()} ({kind.value}_…), got one that begins {form[1]}_"
        )
    return form[2]


def parse_id(text: str, kind: Kind) -> ParsedId:
    """Take an id apart, or raise where it is none of this kind."""
    return ParsedId(kind, UUID(check_id(text, kind)))


def parse_any_id(text: str) -> ParsedId:
    """Take an id apart, whatever it names; a prefix that stands for nothing is refused."""
    form = _FORM.fullmatch(text)
    if form is None or form[1] not in _PREFIXES:
        raise InvalidIdError(f"expected an id of the form {'|'.join(_PREFIXES)}_<32 hex digits>")
    return ParsedId(Kind(form[1]), UUID(form[2]))


def first_id_of(kind: Kind, moment: datetime) -> str:
    """A text that stands before every id of this kind from then on, and after every one from before."""
    return f"{kind.value}_{(moment - _EPOCH) // _MILLISECOND << 80:032x}"


def is_id(text: str, kind: Kind) -> bool:
    """Whether a text is an id of this kind: anything else cannot name what exists."""
    try:
        check_id(text, kind)
    except InvalidIdError:
        return False
    return True


class UnifiedIDManager:
    """Makes ids that never go back in time, even when the clock does."""

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._lock = threading.Lock()
        self._millisecond = 0
        self._counter = 0

    def new(self, kind: Kind) -> str:
        """A new id, greater than all that this manager made before."""
        millisecond, counter = self._tick((self._clock.now() - _EPOCH) // _MILLISECOND)
        value = millisecond << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | self._random_bits(_RANDOM_BITS)
        return f"{kind.value}_{value:032x}"

    def parse(self, text: str, kind: Kind | None = None) -> ParsedId:
        """Take an id apart; raise InvalidIdError when it is none, or not of the kind that is expected."""
        return parse_any_id(text) if kind is None else parse_id(text, kind)

    def validate(self, text: str, kind: Kind) -> str:
        """The id itself, when it is one of this kind and was not made in the future; InvalidIdError otherwise."""
        if parse_id(text, kind).created_at - self._clock.now() > SKEW:
            raise InvalidIdError(f"expected the id of a {kind.name.lower()} that exists, got one from the future")
        return text

    def age(self, text: str, kind: Kind) -> timedelta:
        """How long ago an id was made."""
        return self._clock.now() - parse_id(text, kind).created_at

    def _tick(self, millisecond: int) -> tuple[int, int]:
        """Within one millisecond the twelve bits after the time count up; an overflow borrows the next millisecond."""
        with self._lock:
            if millisecond > self._millisecond:
                self._millisecond, self._counter = millisecond, self._random_bits(_COUNTER_BITS - 1)
            else:
                self._counter += 1
                if self._counter >> _COUNTER_BITS:
                    self._millisecond, self._counter = self._millisecond + 1, 0
            return self._millisecond, self._counter
