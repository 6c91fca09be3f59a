from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_backend.context import InvalidIdError, Kind, UnifiedIDManager, is_id, parse_any_id, parse_id


class ListedClock:
    """Tells the listed milliseconds one after the other."""

    def __init__(self, milliseconds: list[int]) -> None:
        self._left = iter(milliseconds)

    def now(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=next(self._left))

    def monotonic(self) -> float:
        raise NotImplementedError


@given(st.lists(st.integers(0, 1 << 40), min_size=2, max_size=50))
def test_ids_only_ever_grow_even_when_the_clock_jumps_back(milliseconds: list[int]) -> None:
    ids = UnifiedIDManager(ListedClock(milliseconds))
    made = [ids.new(Kind.RUN) for _ in milliseconds]
    assert made == sorted(set(made))


@pytest.mark.parametrize("random_bits", [lambda bits: 0, lambda bits: (1 << bits) - 1])
def test_more_ids_than_one_millisecond_has_room_for_still_grow(random_bits: Any) -> None:
    ids = UnifiedIDManager(ListedClock([1] * 10_000), random_bits)
    made = [ids.new(Kind.RUN) for _ in range(10_000)]
    assert made == sorted(set(made))
    assert all(is_id(text, Kind.RUN) for text in made)


@given(st.sampled_from(Kind), st.integers(0, 1 << 40))
def test_an_id_tells_its_kind_and_its_time(kind: Kind, millisecond: int) -> None:
    clock = ListedClock([millisecond, millisecond + 1500])
    ids = UnifiedIDManager(clock)
    text = ids.new(kind)
    parsed = parse_id(text, kind)
    assert (parsed.kind, parsed.uuid.version) == (kind, 7)
    assert parsed.created_at - datetime.fromtimestamp(0, UTC) == timedelta(milliseconds=millisecond)
    assert ids.age(text, kind) == timedelta(seconds=1.5)


def test_the_id_of_another_kind_is_refused_by_name(ids: UnifiedIDManager) -> None:
    with pytest.raises(InvalidIdError, match=r"expected the id of a user \(usr_…\), got one that begins thr_"):
        parse_id(ids.new(Kind.THREAD), Kind.USER)


@given(st.text())
def test_any_other_text_is_no_id(text: str) -> None:
    assert not is_id(text, Kind.RUN)


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text + "\n", lambda text: text[:-1], lambda text: " " + text]
)
def test_an_id_with_anything_changed_is_no_id(ids: UnifiedIDManager, change: Any) -> None:
    assert not is_id(change(ids.new(Kind.RUN)), Kind.RUN)


def test_any_kind_of_id_is_taken_apart_and_a_prefix_of_nothing_is_refused(ids: UnifiedIDManager) -> None:
    for kind in Kind:
        assert ids.parse(ids.new(kind)).kind is parse_any_id(ids.new(kind)).kind is kind
    with pytest.raises(InvalidIdError, match=r"expected an id of the form ten\|usr\|thr"):
        parse_any_id("xyz_" + ids.new(Kind.RUN)[4:])


def test_an_id_from_the_future_is_not_valid(ids: UnifiedIDManager, clock: Any) -> None:
    clock.move(minutes=4)
    soon = ids.new(Kind.RUN)
    clock.move(minutes=2)
    late = ids.new(Kind.RUN)
    clock.move(minutes=-6)
    assert ids.validate(soon, Kind.RUN) == soon
    with pytest.raises(InvalidIdError, match="from the future"):
        ids.validate(late, Kind.RUN)
    with pytest.raises(InvalidIdError, match="expected the id of a user"):
        ids.validate(soon, Kind.USER)


def test_kinds_have_prefixes_of_their_own_that_a_context_knows() -> None:
    assert len({kind.value for kind in Kind}) == len(Kind)
    assert all(len(kind.value) == 3 and kind.value.isalpha() for kind in Kind)
