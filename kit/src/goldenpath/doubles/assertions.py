"""The assertions of unittest.mock, over bare records, in its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from goldenpath.doubles.calls import Call, Entry, parse, unpack
from goldenpath.doubles.signatures import Signatures


class Verb(NamedTuple):
    """The words for calls, or for awaits."""

    done: str
    noun: str

    def times(self, entries: Sequence[object]) -> str:
        return f"{self.done.capitalize()} {len(entries)} times."


CALLED = Verb("called", "call")
AWAITED = Verb("awaited", "await")

SignatureOf = Callable[[str], Signatures | None]
"""The signatures of the method at a path, where they are known."""


class Record(NamedTuple):
    """What an assertion is made about: a method's name, what was recorded, and how it may be called."""

    name: str
    verb: Verb
    entries: Sequence[Entry]
    signatures: Signatures

    @property
    def calls(self) -> list[Call]:
        return [unpack(entry, self.name) for entry in self.entries]

    def some(self) -> None:
        if not self.entries:
            raise AssertionError(f"Expected '{self.name}' to have been {self.verb.done}.")

    def once(self) -> None:
        if len(self.entries) != 1:
            expected = f"Expected '{self.name}' to have been {self.verb.done} once."
            raise AssertionError(f"{expected} {self.verb.times(self.entries)}{self.listing()}")

    def none(self) -> None:
        if self.entries:
            expected = f"Expected '{self.name}' to not have been {self.verb.done}."
            raise AssertionError(f"{expected} {self.verb.times(self.entries)}{self.listing()}")

    def last(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        expected, noun = Call(self.name, args, kwargs), self.verb.noun
        if not self.entries:
            raise AssertionError(f"expected {noun} not found.\nExpected: {expected}\n  Actual: not {self.verb.done}.")
        actual = unpack(self.entries[-1], self.name)
        if not alike(expected, actual, self.signatures):
            unfit = self.unfit(expected)
            raise AssertionError(f"expected {noun} not found.\nExpected: {expected}\n  Actual: {actual}{unfit}")

    def once_with(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if len(self.entries) != 1:
            expected = f"Expected '{self.name}' to be {self.verb.done} once."
            raise AssertionError(f"{expected} {self.verb.times(self.entries)}{self.listing()}")
        self.last(args, kwargs)

    def any_with(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        expected = Call(self.name, args, kwargs)
        if not any(alike(expected, actual, self.signatures) for actual in self.calls):
            raise AssertionError(f"{expected} {self.verb.noun} not found{self.listing()}{self.unfit(expected)}")

    def listing(self) -> str:
        """The recorded calls, for the end of a message."""
        return f"\n{self.verb.noun.capitalize()}s: [{', '.join(map(str, self.calls))}]." if self.entries else ""

    def unfit(self, expected: Call) -> str:
        """A word on an expectation that can never be met, because the signature refuses it."""
        refusal = self.signatures.refusal(expected.args, expected.kwargs)
        return f"\n{self.signatures} does not accept what was expected: {refusal}" if refusal else ""


def alike(expected: Call, actual: Call, signatures: Signatures | None) -> bool:
    """Whether two calls are equal as written, or by parameter."""
    if expected.name != actual.name:
        return False
    if expected.same(actual) or signatures is None:
        return expected.same(actual)
    wanted, seen = (signatures.bound(call.args, call.kwargs) for call in (expected, actual))
    return wanted is not None and seen is not None and (wanted.args, wanted.kwargs) == (seen.args, seen.kwargs)


def sequence(wanted: Iterable[Any], seen: list[Call], verb: Verb, any_order: bool, signature_of: SignatureOf) -> None:
    """The expected calls are among those seen: one after the other, or anywhere."""
    expected = [parse(call) for call in wanted]

    def matches(one: Call, other: Call) -> bool:
        return alike(one, other, signature_of(one.name))

    if not any_order:
        width = len(expected)
        runs = (seen[start : start + width] for start in range(len(seen) - width + 1))
        if not any(all(map(matches, expected, run)) for run in runs):
            raise AssertionError(
                f"{verb.noun.capitalize()}s not found.\nExpected: {show(expected)}\n  Actual: {show(seen)}"
            )
        return
    left = list(seen)
    missing = []
    for call in expected:
        found = next((index for index, other in enumerate(left) if matches(call, other)), None)
        if found is None:
            missing.append(call)
        else:
            del left[found]
    if missing:
        raise AssertionError(
            f"{show(missing)} not all found in {verb.noun} list\nExpected: {show(expected)}\n  Actual: {show(seen)}"
        )


def show(calls: Iterable[Call]) -> str:
    """Calls as unittest.mock prints them."""
    return "[" + ", ".join(f"call{'' if not call.name or call.name[0] == '(' else '.'}{call}" for call in calls) + "]"
