from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from contextvars import copy_context
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.environment import InvalidVariable, IsolatedEnvironment
from goldenpath.environment.overlay import Overlay

KEYS = st.sampled_from("ABC")
VALUES = st.sampled_from(["", "1", "2", "3"])
LAYERS = st.dictionaries(KEYS, VALUES | st.none(), max_size=3)
BASE = {"A": "base", "B": ""}

OPEN = st.tuples(st.just("open"), LAYERS)
CLOSE = st.tuples(st.just("close"), st.integers(0, 9))
SET = st.tuples(st.just("set"), st.dictionaries(KEYS, VALUES | st.none(), min_size=1, max_size=1))
PROGRAMS = st.lists(OPEN | CLOSE | SET, max_size=12)


class Walk:
    """One context's walk through overlays, beside a model that is a list of plain dictionaries."""

    def __init__(self, env: IsolatedEnvironment, under: dict[str, str | None]) -> None:
        self.env = env
        self.model = [under]
        self.overlays: list[Overlay] = []

    def take(self, step: tuple[str, object]) -> None:
        kind, argument = step
        if kind == "open":
            assert isinstance(argument, dict)
            overlay = self.env.overlay(**argument)
            overlay.__enter__()
            self.overlays.append(overlay)
            self.model.append(dict(argument))
        elif kind == "close" and self.overlays:
            assert isinstance(argument, int)
            self.close(argument % len(self.overlays))
        elif kind == "set" and self.overlays:
            assert isinstance(argument, dict)
            ((key, value),) = argument.items()
            self.env.delete(key) if value is None else self.env.set(key, value)
            self.model[-1][key] = value
        self.compare()

    def close(self, index: int) -> None:
        self.overlays.pop(index).__exit__(None, None, None)
        del self.model[index + 1]

    def compare(self) -> None:
        merged: dict[str, str | None] = {}
        for layer in self.model:
            merged |= layer
        expected = {key: value for key, value in merged.items() if value is not None}
        assert self.env.all() == expected
        assert {key: self.env.get(key) for key in "ABC" if self.env.exists(key)} == expected

    def end(self, order: int) -> None:
        while self.overlays:
            self.close(order % len(self.overlays))
            self.compare()


@given(PROGRAMS, st.integers(0, 9), st.booleans())
def test_overlays_unwind_exactly_in_whatever_order_they_close(
    program: list[tuple[str, object]], order: int, isolated: bool
) -> None:
    process = dict(BASE)
    env = IsolatedEnvironment(process)
    if isolated:
        env.enable_isolation()
    walk = Walk(env, dict(BASE))
    for step in program:
        walk.take(step)
    walk.end(order)
    assert env.all() == process == BASE
    assert env.history("C") == ()


class Boom(Exception):
    pass


TREES = st.recursive(
    st.just(("leaf",)), lambda below: st.tuples(LAYERS, st.lists(below, max_size=3), st.booleans(), st.booleans())
)


@given(TREES)
def test_overlays_unwind_exactly_whatever_the_nesting_and_the_exception(tree: tuple[object, ...]) -> None:
    env = IsolatedEnvironment(dict(BASE))

    def visit(node: tuple[object, ...]) -> None:
        if node == ("leaf",):
            return
        layer, below, raises, catches = node
        assert isinstance(layer, dict)
        assert isinstance(below, list)
        before = env.all()
        try:
            with env.overlay(**layer):
                inside = env.all()
                for child in below:
                    visit(child)
                    assert env.all() == inside
                env.set("C", "set inside")
                if raises:
                    raise Boom
        except Boom:
            if not catches:
                raise
        finally:
            assert env.all() == before

    with suppress(Boom):
        visit(tree)
    assert env.all() == BASE


@given(st.lists(PROGRAMS, min_size=2, max_size=4), st.randoms(use_true_random=False), LAYERS)
def test_concurrent_tasks_see_their_own_overlays_and_their_parents_and_no_others(
    programs: list[list[tuple[str, object]]], chance: Random, parents: dict[str, str | None]
) -> None:
    env = IsolatedEnvironment(dict(BASE))

    async def run(program: list[tuple[str, object]]) -> None:
        walk = Walk(env, {**BASE, **parents})
        for step in program:
            walk.take(step)
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
            walk.compare()
        walk.end(0)

    async def main() -> None:
        async with env.overlay(**parents):
            await asyncio.gather(*map(run, programs))
            assert env.all() == {key: value for key, value in {**BASE, **parents}.items() if value is not None}

    asyncio.run(main())
    assert env.all() == BASE


@given(st.lists(PROGRAMS, min_size=2, max_size=3))
def test_threads_do_not_see_each_others_overlays(programs: list[list[tuple[str, object]]]) -> None:
    env = IsolatedEnvironment(dict(BASE))
    together = threading.Barrier(len(programs))
    faults: list[BaseException] = []

    def run(program: list[tuple[str, object]]) -> None:
        try:
            together.wait()
            walk = Walk(env, dict(BASE))
            for step in program:
                walk.take(step)
            walk.end(0)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=copy_context().run, args=(run, program)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert env.all() == BASE


@pytest.mark.asyncio
async def test_a_task_that_outlives_its_parents_overlay_stops_seeing_it() -> None:
    env = IsolatedEnvironment({})
    go_on = asyncio.Event()
    seen: list[str | None] = []

    async def child() -> None:
        seen.append(env.get("A"))
        with env.overlay(B="child"):
            await go_on.wait()
            seen.extend([env.get("A"), env.get("B")])
        seen.append(env.get("B"))

    async with env.overlay(A="parent"):
        task = asyncio.create_task(child())
        await asyncio.sleep(0)
        assert env.get("B") is None
    go_on.set()
    await task
    assert seen == ["parent", None, "child", None]


def test_an_overlay_closed_in_another_context_is_over_in_the_one_that_opened_it() -> None:
    env = IsolatedEnvironment({})

    def opened() -> Iterator[None]:
        with env.overlay(A="1"):
            yield

    generator = opened()
    next(generator)
    assert env.get("A") == "1"
    assert copy_context().run(next, generator, "ended") == "ended"
    assert env.get("A") is None


@pytest.mark.asyncio
async def test_an_async_generator_that_is_finished_by_another_task_leaves_nothing_behind() -> None:
    env = IsolatedEnvironment({})

    async def opened() -> AsyncIterator[str | None]:
        async with env.overlay(A="1"):
            yield env.get("A")

    generator = opened()
    assert await anext(generator) == "1"
    await asyncio.create_task(anext(generator, "ended"))  # type: ignore[arg-type]
    assert env.get("A") is None


def test_an_overlay_holds_whatever_isolation_does_underneath() -> None:
    process = {"A": "process"}
    env = IsolatedEnvironment(process)
    with env.overlay(A="overlay"):
        env.enable_isolation()
        assert env.get("A") == "overlay"
        env.disable_isolation(restore=False)
        assert env.get("A") == "overlay"
    assert process == {"A": "process"}


def test_an_overlay_can_be_entered_once() -> None:
    overlay = IsolatedEnvironment({}).overlay(A="1")
    with overlay:
        pass
    with pytest.raises(RuntimeError, match=r"call overlay\(\) again"), overlay:
        pytest.fail("the block ran")


def test_an_overlay_holds_strings_or_none() -> None:
    with pytest.raises(InvalidVariable, match="PORT must be a string, not int"):
        IsolatedEnvironment({}).overlay(PORT=80)  # type: ignore[arg-type]
