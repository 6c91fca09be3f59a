"""What can be asked of a recorder: the whole vocabulary of unittest.mock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from goldenpath.doubles.assertions import AWAITED, CALLED, Record, Verb, sequence
from goldenpath.doubles.calls import CallList, Entry, as_mock, as_mocks, unpack
from goldenpath.doubles.signatures import Signatures
from goldenpath.doubles.tape import Tape

if TYPE_CHECKING:
    from unittest.mock import _Call

    from goldenpath.doubles.plan import Plan
    from goldenpath.doubles.setup import Setup


def view(tape: Tape | None, path: str) -> CallList:
    """Every call at or below a path, as unittest.mock's `mock_calls`."""
    return CallList(as_mock(entry, name) for name, entry in (tape.under(path) if tape else ()))


def methods_only(calls: CallList) -> CallList:
    """`method_calls`: what was called on attributes, not the calls of the thing itself nor of what calls returned."""
    return CallList(call for call in calls if call[0] and "(" not in call[0])


def configure(target: Any, attributes: dict[str, Any]) -> None:
    """Set attributes, dotted ones too: `{"execute.return_value": 1}`."""
    for name in sorted(attributes, key=lambda name: name.count(".")):
        *steps, last = name.split(".")
        holder = target
        for step in steps:
            holder = getattr(holder, step)
        setattr(holder, last, attributes[name])


class Vocabulary:
    """Questions about calls. The attributes are a recorder's, declared here for the reader."""

    __slots__ = ()

    if TYPE_CHECKING:
        _log: list[Entry] | None
        _path: str
        _plan: Plan
        _setup: Setup | None
        _tape: Tape
        _ready: Any

    @property
    def call_count(self) -> int:
        """How often it was called."""
        return len(self._log or ())

    @property
    def called(self) -> bool:
        """Whether it was called."""
        return bool(self._log)

    @property
    def call_args(self) -> _Call | None:
        """The arguments of the last call."""
        return as_mock(self._log[-1]) if self._log else None

    @property
    def call_args_list(self) -> CallList:
        """The arguments of every call."""
        return as_mocks(self._log or ())

    @property
    def mock_calls(self) -> CallList:
        """Every call of it, of what it returned, and of their attributes."""
        return view(self._tape, self._path)

    @property
    def method_calls(self) -> CallList:
        """Every call of its attributes."""
        return methods_only(self.mock_calls)

    def assert_called(self) -> None:
        """It was called at least once."""
        self._record_of(CALLED).some()

    def assert_called_once(self) -> None:
        """It was called exactly once."""
        self._record_of(CALLED).once()

    def assert_not_called(self) -> None:
        """It was never called."""
        self._record_of(CALLED).none()

    def assert_called_with(self, /, *args: Any, **kwargs: Any) -> None:
        """Its last call had these arguments."""
        self._record_of(CALLED).last(args, kwargs)

    def assert_called_once_with(self, /, *args: Any, **kwargs: Any) -> None:
        """It was called exactly once, with these arguments."""
        self._record_of(CALLED).once_with(args, kwargs)

    def assert_any_call(self, /, *args: Any, **kwargs: Any) -> None:
        """One of its calls had these arguments."""
        self._record_of(CALLED).any_with(args, kwargs)

    def assert_has_calls(self, calls: Iterable[Any], any_order: bool = False) -> None:
        """Its calls, and those of what it returned, hold these."""
        seen = [unpack(entry, name) for name, entry in self._tape.under(self._path)]
        sequence(calls, seen, CALLED, any_order, self._signatures_at)

    def configure_mock(self, **attributes: Any) -> None:
        """Set attributes, dotted ones too."""
        configure(self, attributes)

    def _signatures_at(self, name: str) -> Signatures | None:
        return None if name else self._plan.signatures

    def _record_of(self, verb: Verb) -> Record:
        return Record(
            self._path.rpartition(".")[2] or self._plan.title, verb, self._entries(verb), self._plan.signatures
        )

    def _entries(self, verb: Verb) -> list[Entry]:
        return self._log or []


class AwaitVocabulary(Vocabulary):
    """Questions about awaits, besides."""

    __slots__ = ()

    if TYPE_CHECKING:
        _awaits: list[Entry] | None

    @property
    def await_count(self) -> int:
        """How often it was awaited."""
        return len(self._awaits or ())

    @property
    def await_args(self) -> _Call | None:
        """The arguments of the last await."""
        return as_mock(self._awaits[-1]) if self._awaits else None

    @property
    def await_args_list(self) -> CallList:
        """The arguments of every await."""
        return as_mocks(self._awaits or ())

    def assert_awaited(self) -> None:
        """It was awaited at least once."""
        self._record_of(AWAITED).some()

    def assert_awaited_once(self) -> None:
        """It was awaited exactly once."""
        self._record_of(AWAITED).once()

    def assert_not_awaited(self) -> None:
        """It was never awaited."""
        self._record_of(AWAITED).none()

    def assert_awaited_with(self, /, *args: Any, **kwargs: Any) -> None:
        """Its last await had these arguments."""
        self._record_of(AWAITED).last(args, kwargs)

    def assert_awaited_once_with(self, /, *args: Any, **kwargs: Any) -> None:
        """It was awaited exactly once, with these arguments."""
        self._record_of(AWAITED).once_with(args, kwargs)

    def assert_any_await(self, /, *args: Any, **kwargs: Any) -> None:
        """One of its awaits had these arguments."""
        self._record_of(AWAITED).any_with(args, kwargs)

    def assert_has_awaits(self, calls: Iterable[Any], any_order: bool = False) -> None:
        """Its awaits hold these."""
        sequence(calls, [unpack(entry) for entry in self._awaits or ()], AWAITED, any_order, self._signatures_at)

    def _entries(self, verb: Verb) -> list[Entry]:
        return (self._awaits if verb is AWAITED else self._log) or []


QUESTIONS = frozenset(name for name in dir(AwaitVocabulary) if not name.startswith("_")) | {
    "return_value",
    "side_effect",
}
"""Every name of the vocabulary."""
