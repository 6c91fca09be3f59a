from __future__ import annotations

import itertools
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from goldenpath.runner.cluster.batching import Batching, Taken
from goldenpath.runner.record import PlannedItem


def batching(items: list[PlannedItem], slots: int = 2, tokens: dict[str, int] | None = None) -> Batching:
    return Batching(items, {}, tokens or {}, slots, itertools.count(1))


def items(seconds: list[float | None], tokens: tuple[str, ...] = ()) -> list[PlannedItem]:
    return [PlannedItem(f"t{place}", predicted=each, tokens=tokens) for place, each in enumerate(seconds)]


def everything(made: Batching, slots: int = 2) -> Iterator[Taken]:
    while (taken := made.take(slots)) is not None:
        yield taken
        made.release(taken)


@given(
    st.lists(
        st.tuples(st.none() | st.floats(0, 30), st.sampled_from([(), ("heavy",), ("exclusive",), ("service:redis",)])),
        max_size=200,
    ),
    st.integers(1, 9),
)
def test_every_test_is_in_exactly_one_batch(rows: list[tuple[float | None, tuple[str, ...]]], slots: int) -> None:
    given_items = [PlannedItem(f"t{place}", predicted=row[0], tokens=row[1]) for place, row in enumerate(rows)]
    made = batching(given_items, slots, {"service:redis": 2})
    names = [item.node_id for taken in everything(made, slots) for item in taken.batch.items]
    assert sorted(names) == sorted(item.node_id for item in given_items)
    assert not made


def test_long_tests_go_first_and_alone_and_the_last_batches_are_small() -> None:
    made = batching(items([9.0, 0.1, 5.0, *[0.1] * 200]))
    batches = [taken.batch.items for taken in everything(made)]
    assert [[item.node_id for item in batch] for batch in batches[:2]] == [["t0"], ["t2"]]
    seconds = [sum(item.predicted or 0 for item in batch) for batch in batches[2:]]
    assert max(seconds) <= 2.2
    assert seconds[-1] < seconds[0]


def test_quick_tests_travel_by_the_hundred() -> None:
    made = batching(items([0.001] * 5000))
    assert len(list(everything(made))) <= 40


def test_unknown_tests_are_expected_to_be_like_those_that_ran() -> None:
    made = batching(items([None] * 1000))
    first = made.take(2)
    assert first is not None
    for _ in range(200):
        made.note(2.0)
    second = made.take(2)
    assert second is not None
    assert len(first.batch.items) > 10 > len(second.batch.items)


def test_a_token_is_held_until_its_batch_is_done() -> None:
    made = batching(items([1.0, 1.0, 1.0], ("heavy",)), tokens={"heavy": 2})
    taken = [made.take(4), made.take(4), made.take(4)]
    assert [each is None for each in taken] == [False, False, True]
    assert taken[0] is not None
    made.release(taken[0])
    assert made.take(4) is not None


def test_an_exclusive_test_waits_until_nothing_else_is_under_way() -> None:
    made = batching([*items([1.0]), PlannedItem("alone", predicted=0.5, tokens=("exclusive",))])
    first = made.take(2)
    assert first is not None
    assert made.take(2) is None
    made.release(first)
    second = made.take(2)
    assert second is not None
    assert [item.node_id for item in second.batch.items] == ["alone"]


def test_services_are_told_to_the_scheduler() -> None:
    made = batching(items([1.0], ("service:redis",)), tokens={"service:redis": 1})
    taken = made.take(2)
    assert taken is not None
    assert taken.services == {"redis"}
