from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from goldenpath.simulation.shrinking import smallest


@given(
    st.lists(st.integers(), unique=True, max_size=40).flatmap(
        lambda items: st.tuples(st.just(items), st.sets(st.sampled_from(items)) if items else st.just(set()))
    )
)
def test_exactly_what_is_needed_is_left_in_its_order(case: tuple[list[int], set[int]]) -> None:
    causes, needed = case
    assert smallest(causes, lambda part: needed <= set(part)) == [cause for cause in causes if cause in needed]


@given(st.integers(1, 40), st.integers(1, 40))
def test_nothing_more_can_be_left_out_even_where_any_few_will_do(causes: int, enough: int) -> None:
    enough = min(enough, causes)
    assert len(smallest(range(causes), lambda part: len(part) >= enough)) == enough


def test_causes_without_a_part_in_it_cost_one_try() -> None:
    tried: list[Sequence[int]] = []

    def suffices(part: Sequence[int]) -> bool:
        tried.append(part)
        return True

    assert smallest([1, 2, 3], suffices) == []
    assert tried == [[]]
