"""What doubles cost, counted in steps of the interpreter and blocks of memory, which no busy machine changes.

How fast they are beside unittest.mock is measured by bench/mock_factory.py.
"""

from __future__ import annotations

import asyncio
import gc
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from goldenpath.doubles import SSotMockFactory
from goldenpath.doubles.factory import KINDS
from goldenpath.doubles.recorder import Recorder

BASELINE = Path(__file__).with_name("baseline.json")
BENCH = Path(__file__).parents[5] / "bench"
HEADROOM = 1.25
"""How far above the baseline a figure may be: other versions of Python take a few steps more."""


def steps(action: Callable[[], object]) -> int:
    """How many Python and C functions an action calls."""
    count = 0

    def watch(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def figures(factory: SSotMockFactory, kind: str) -> dict[str, int]:
    """The steps and the memory blocks that a double of a kind takes, once its kind is known."""
    for _ in range(3):
        factory.create_mock(kind)
    taken = steps(lambda: factory.create_mock(kind))
    return {"steps": taken, "blocks": min(blocks(factory, kind) for _ in range(3))}


def blocks(factory: SSotMockFactory, kind: str) -> int:
    """The memory blocks of one double, over many that are kept."""
    factory.reset_all()
    gc.collect()
    before = sys.getallocatedblocks()
    doubles = [factory.create_mock(kind) for _ in range(1000)]
    return round((sys.getallocatedblocks() - before) / len(doubles))


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_costs_more_than_the_stored_baseline(factory: SSotMockFactory, kind: str) -> None:
    """A kind that becomes dearer on purpose gets a new baseline: python kit/tests/unit/doubles/factory/test_cost.py."""
    allowed = json.loads(BASELINE.read_text())[kind]
    taken = figures(factory, kind)
    assert {name: value for name, value in taken.items() if value > allowed[name] * HEADROOM + 2} == {}


@pytest.fixture
def share(factory: SSotMockFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], float]:
    """The steps that a double of a kind takes, over those of what the benchmark builds by hand."""
    monkeypatch.syspath_prepend(str(BENCH))
    hand_built = runpy.run_path(str(BENCH / "mock_factory.py"))["HAND_BUILT"]
    return lambda kind: figures(factory, kind)["steps"] / steps(hand_built[kind])


def test_a_websocket_takes_a_small_part_of_the_steps_of_a_hand_built_one(share: Callable[[str], float]) -> None:
    assert share("websocket") < 0.1


def test_an_agent_takes_a_small_part_of_the_steps_of_a_hand_built_one(share: Callable[[str], float]) -> None:
    assert share("agent") < 0.1


def test_a_session_takes_a_small_part_of_the_steps_of_a_hand_built_one(share: Callable[[str], float]) -> None:
    assert share("database_session") < 0.1


def interface(methods: int) -> type:
    """A Protocol with so many async methods."""

    async def method(self: Any, value: int, *, flag: bool = False) -> None: ...

    return type("Wide", (Protocol,), {f"method_{number}": method for number in range(methods)})  # type: ignore[arg-type]


def test_making_a_double_takes_as_many_steps_for_a_hundred_methods_as_for_five(factory: SSotMockFactory) -> None:
    counts = []
    for methods in (5, 100):
        spec = interface(methods)
        factory.create_mock(spec)
        counts.append(steps(lambda spec=spec: factory.create_mock(spec)))
    assert counts[0] == counts[1]


def recorders() -> int:
    """How many recorders there are."""
    return sum(issubclass(type(thing), Recorder) for thing in gc.get_objects())


@pytest.mark.parametrize(
    ("kind", "method"), [("websocket", "accept"), ("agent", "execute"), ("database_session", "commit")]
)
def test_a_recorder_is_made_when_its_method_is_touched_and_not_before(
    factory: SSotMockFactory, kind: str, method: str
) -> None:
    gc.collect()
    before = recorders()
    double = factory.create_mock(kind)
    assert recorders() == before
    touched = getattr(double, method)
    assert recorders() == before + 1
    assert getattr(double, method) is touched


def test_a_suite_takes_no_more_steps_than_its_parts(factory: SSotMockFactory) -> None:
    factory.create_mock_suite(KINDS)
    apart = sum(steps(lambda kind=kind: factory.create_mock(kind)) for kind in KINDS)
    assert steps(lambda: factory.create_mock_suite(KINDS)) < 3 * apart


def test_the_thousandth_call_takes_as_many_steps_as_the_tenth(factory: SSotMockFactory) -> None:
    tool = factory.create_tool_mock()

    def call() -> None:
        try:
            tool.execute(query="x").send(None)
        except StopIteration:
            return

    counts = []
    for number in range(1000):
        if number in (10, 999):
            counts.append(steps(call))
        else:
            call()
    assert counts[0] == counts[1]
    assert tool.execute.await_count == 1000


@pytest.mark.asyncio
async def test_a_thousand_calls_at_once_are_all_answered_and_counted(factory: SSotMockFactory) -> None:
    agent = factory.create_agent_mock()
    answers = await asyncio.gather(*(agent.execute(number) for number in range(1000)))
    assert [answer["status"] for answer in answers] == ["completed"] * 1000
    assert [call.args[0] for call in agent.execute.await_args_list] == list(range(1000))


def test_a_thousand_doubles_leave_nothing_behind_and_need_no_collector(factory: SSotMockFactory) -> None:
    def make_and_call() -> None:
        for kind in KINDS:
            double = factory.create_mock(kind)
            double.note = "hung on"
        for _ in range(100):
            socket = factory.create_websocket_mock()
            socket.send_text("x").close()
            socket.receive_json.return_value = {}

    for _ in range(5):
        make_and_call()
    gc.collect()
    gc.disable()
    try:
        factory.reset_all()
        before = len(gc.get_objects())
        for _ in range(5):
            make_and_call()
        factory.reset_all()
        assert len(gc.get_objects()) <= before
    finally:
        gc.enable()


if __name__ == "__main__":
    maker = SSotMockFactory()
    BASELINE.write_text(json.dumps({kind: figures(maker, kind) for kind in KINDS}, indent=2) + "\n")
