from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.services import DefinitionError, Service, graph


def command(name: str, *needs: str) -> Service:
    return Service(name, command=["true"], needs=needs)


def order(*services: str | Service) -> list[list[str]]:
    return [[service.name for service in wave] for wave in graph.levels(graph.resolve(services))]


def test_a_service_starts_after_all_that_it_needs() -> None:
    assert order(command("web", "postgres", "worker"), command("worker", "redis"), "postgres", "redis") == [
        ["postgres", "redis"],
        ["worker"],
        ["web"],
    ]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_in_any_graph_without_a_circle_every_need_is_in_an_earlier_wave(edges: list[tuple[int, int]]) -> None:
    needs: dict[int, set[str]] = {number: set() for number in range(10)}
    for one, other in edges:
        if one != other:
            needs[max(one, other)].add(f"s{min(one, other)}")
    waves = order(*(command(f"s{number}", *each) for number, each in reversed(needs.items())))
    at = {name: depth for depth, wave in enumerate(waves) for name in wave}
    assert len(at) == 10
    assert all(at[need] < at[f"s{number}"] for number, each in needs.items() for need in each)


def test_a_circle_is_refused_with_everybody_in_it() -> None:
    with pytest.raises(DefinitionError, match=r"in a circle: a needs c needs b needs a|b needs a|c needs b"):
        order(command("a", "c"), command("b", "a"), command("c", "b"))


def test_a_service_that_needs_itself_is_a_circle() -> None:
    with pytest.raises(DefinitionError, match="circle: a needs a"):
        order(command("a", "a"))


def test_a_need_that_is_not_in_the_stack_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DefinitionError, match=r"'web' needs 'postgre', which is not in this stack.*mean 'postgres'"):
        order("postgres", command("web", "postgre"))


def test_two_services_of_one_name_are_refused() -> None:
    with pytest.raises(DefinitionError, match="two services are named 'redis'"):
        order("redis", "redis")


def test_a_stack_of_nothing_is_refused() -> None:
    with pytest.raises(DefinitionError, match="at least one service"):
        graph.resolve([])
