from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from goldenpath.simulation import DROP, Rule, Simulation
from goldenpath.tenancy import Actor, LeakReport, TenantMatrix

Answer = tuple[int, dict[str, str], str]


@asynccontextmanager
async def world(simulation: Simulation | None) -> AsyncIterator[dict[str, Any]]:
    yield {}


async def enter(actor: Actor) -> str:
    return actor.tenant


async def create(actor: Actor) -> str:
    actor.world[f"thing-{actor.tenant}"] = actor.token("thing")
    return f"thing-{actor.tenant}"


def routed(foreign: Answer, **options: Any) -> LeakReport:
    async def look(actor: Actor, made: str) -> Answer:
        if made not in actor.world:
            return 404, {}, "no"
        return (200, {}, actor.world[made]) if made.endswith(actor.tenant) else foreign

    return asyncio.run(TenantMatrix(world, enter).route("GET /", act=create, look=look, **options).once())


@pytest.mark.parametrize(
    ("foreign", "options", "rules"),
    [
        ((404, {}, "no"), {"unknown": "thing-none"}, set()),
        ((404, {}, "no thing-globex"), {}, set()),
        ((403, {}, "no"), {}, {"TL002"}),
        ((403, {}, "no"), {"secret": False}, set()),
        ((401, {}, "no"), {}, {"TL002"}),
        ((204, {}, ""), {}, {"TL004"}),
        ((200, {}, "{}"), {"secret": False}, {"TL004"}),
        ((302, {"location": "/login"}, ""), {}, {"TL004"}),
        ((404, {}, "no!"), {"unknown": "thing-none"}, {"TL003"}),
        ((404, {"x-cost": "2"}, "no"), {"unknown": "thing-none"}, {"TL003"}),
        ((404, {"date": "now"}, "no"), {"unknown": "thing-none"}, set()),
    ],
)
def test_an_answer_may_not_give_away_that_a_thing_is_there(
    foreign: Answer, options: dict[str, Any], rules: set[str]
) -> None:
    report = routed(foreign, **options)
    assert {leak.rule for leak in report.leaks} == rules
    assert report.ok is not bool(rules)


def test_an_id_that_the_answer_repeats_makes_no_difference() -> None:
    async def look(actor: Actor, made: str) -> Answer:
        own = made in actor.world and made.endswith(actor.tenant)
        return (200, {}, actor.world[made]) if own else (404, {"x-id": made}, f"there is no {made}")

    matrix = TenantMatrix(world, enter).route("GET /", act=create, look=look, unknown="thing-none")
    assert asyncio.run(matrix.once()).ok


def test_a_look_that_does_not_find_the_owners_mark_either_proves_nothing() -> None:
    async def blind(actor: Actor, made: Any) -> list[str]:
        return ["nothing to see"]

    report = asyncio.run(TenantMatrix(world, enter).query("all", act=create, look=blind).once())
    assert report.verdict == "inconclusive"
    assert "query all: acme does not find its own mark there either" in report.explain()
    assert TenantMatrix(world, enter).query("all", act=create, look=blind).over([1]).verdict == "inconclusive"


def test_what_an_owner_is_given_is_searched_for_what_is_anothers() -> None:
    async def everything(actor: Actor, made: Any) -> list[str]:
        return list(actor.world.values()) if made.endswith(actor.tenant) else []

    report = asyncio.run(TenantMatrix(world, enter).query("all", act=create, look=everything).once())
    assert [(leak.tenant, leak.seen_by) for leak in report.leaks] == [("acme", "globex")]


def test_a_refusal_by_an_error_is_searched_and_a_route_has_to_answer() -> None:
    async def look(actor: Actor, made: str) -> str:
        if not made.endswith(actor.tenant):
            raise PermissionError(f"{actor.world[made]} is not yours")
        return str(actor.world[made])

    report = asyncio.run(TenantMatrix(world, enter).query("one", act=create, look=look).once())
    assert {leak.place for leak in report.leaks} == {"error"}
    with pytest.raises(PermissionError):
        asyncio.run(TenantMatrix(world, enter).route("GET /", act=create, look=look).once())


def test_with_faults_an_owner_need_not_see_its_own_and_the_world_has_the_network() -> None:
    networks = []

    @asynccontextmanager
    async def faulty(simulation: Simulation | None) -> AsyncIterator[dict[str, Any]]:
        assert simulation is not None
        networks.append([rule.name for rule in simulation.network.rules])
        yield {}

    async def lost(actor: Actor, made: Any) -> list[Any]:
        return ["an empty page"]

    matrix = TenantMatrix(faulty, enter).event("note", act=create, look=lost)
    assert matrix.over([1, 2], faults=[Rule("loss", DROP)]).ok
    assert networks == [["loss"], ["loss"]]


def test_actors_lose_their_connections_in_between_and_come_back() -> None:
    moments: list[float] = []

    async def come_back(actor: Actor) -> str:
        moments.append(asyncio.get_running_loop().time())
        return f"{actor.tenant} again"

    async def look(actor: Actor, made: str) -> list[str]:
        return [actor.world[made]] if made.endswith(actor.tenant) else []

    matrix = TenantMatrix(world, enter, reconnect=come_back).query("one", act=create, look=look)
    assert matrix.over([5], looks=3).ok
    assert len(set(moments)) == 6


def test_an_error_in_a_run_names_the_seed_that_replays_it() -> None:
    async def act(actor: Actor) -> None:
        raise LookupError("broken")

    matrix = TenantMatrix(world, enter).query("one", act=act, look=act)  # type: ignore[arg-type]
    with pytest.raises(ExceptionGroup) as failure:
        matrix.over([7])
    assert failure.value.__notes__ == ["under seed 7 of the matrix; replay: over(seeds=[7])"]


def test_the_same_leak_under_many_seeds_is_told_once() -> None:
    async def look(actor: Actor, made: str) -> list[str]:
        return list(actor.world.values())

    report = TenantMatrix(world, enter).query("all", act=create, look=look).over(range(5))
    assert report.runs == 5
    assert len(report.leaks) == 2


def test_a_matrix_that_tries_nothing_or_the_same_twice_or_one_tenant_is_refused() -> None:
    with pytest.raises(ValueError, match="the matrix is empty"):
        TenantMatrix(world, enter).over([1])
    matrix = TenantMatrix(world, enter).query("all", act=create, look=create)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="has a 'query all' already"):
        matrix.query("all", act=create, look=create)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no place 'log'; there are: frames, response"):
        matrix.sees("log", "log", lambda actor: [])
    with pytest.raises(ValueError, match="a matrix is between two tenants"):
        TenantMatrix(world, enter, tenants=("acme", "acme"))


def test_no_seed_at_all_is_no_verdict() -> None:
    async def look(actor: Actor, made: str) -> list[str]:
        return []

    assert TenantMatrix(world, enter).query("all", act=create, look=look).over([]).verdict == "inconclusive"
