"""Doubles compiled from their class, against unittest.mock and Decoy: making them, holding them, calling them.

`--plot FILE` measures how the figures move with the number of methods instead, and draws them.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tracemalloc
import weakref
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import create_autospec

from _chart import chart, page
from _measuring import publish, taking_turns
from _websocket import WebSocket, by_hand, by_hand_with, suite_by_hand, with_methods

from goldenpath.doubles import SSotMockFactory, double

FEW, MANY = 30, 3_000
CALLS = 500
HELD = 1_000
METHODS = (5, 20, 100)
KINDS = ("agent", "websocket", "database_session", "llm_client", "user_context")


def each(make: Callable[[], object], count: int) -> Callable[[], float]:
    """The seconds one takes, made `count` times over."""

    def measure() -> float:
        start = perf_counter()
        for _ in range(count):
            make()
        return (perf_counter() - start) / count

    return measure


def awaited(make: Callable[[], Any], count: int = CALLS) -> Callable[[], float]:
    """The seconds one awaited call of `send_text` takes, on a double of its own.

    The faster side makes more calls: on a busy machine a side that is over in milliseconds measures the scheduler.
    """

    async def calls(websocket: Any) -> float:
        start = perf_counter()
        for _ in range(count):
            await websocket.send_text("x")
        return (perf_counter() - start) / count

    return lambda: asyncio.run(calls(make()))


def touched(make: Callable[[], Any]) -> Callable[[], Any]:
    """Make one and touch four of its methods."""

    def touch() -> Any:
        websocket = make()
        websocket.accept, websocket.send_text, websocket.receive_json, websocket.close  # noqa: B018
        return websocket

    return touch


def bytes_each(make: Callable[[], object], count: int = HELD) -> float:
    """The memory one takes, averaged over many that are held."""
    gc.collect()
    held: list[object] = [None] * count
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for place in range(count):
        held[place] = make()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return taken / count


def worst_bytes() -> dict[str, float]:
    """Untouched and touched, in the order that is worse for each: Python sizes instances by what came before."""
    figures: dict[str, list[float]] = {"bytes_untouched": [], "bytes_touched": []}
    for touched_first in (True, False):
        spec = type("WebSocket", (WebSocket,), {})
        sides = [
            ("bytes_untouched", lambda spec=spec: double(spec)),
            ("bytes_touched", touched(lambda spec=spec: double(spec))),
        ]
        double(spec)
        for name, make in reversed(sides) if touched_first else sides:
            bytes_each(make)
            figures[name].append(bytes_each(make))
    return {name: max(values) for name, values in figures.items()}


def bytes_per_call() -> float:
    """The memory one recorded, awaited call takes."""

    async def main() -> float:
        websocket = double(WebSocket)
        await websocket.send_text("x")
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(CALLS):
            await websocket.send_text("x")
            await websocket.send_json({}, mode="binary")
        taken = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return taken / (2 * CALLS)

    return asyncio.run(main())


def freed_without_gc() -> bool:
    """Whether a used double goes at once, the collector switched off."""
    websocket = double(WebSocket)
    asyncio.run(websocket.send_text("x"))
    websocket.url_for("a", b=1).anything.at.all()
    ghost = weakref.ref(websocket)
    gc.disable()
    try:
        del websocket
        return ghost() is None
    finally:
        gc.enable()


def by_decoy() -> Callable[[], object]:
    """Decoy's mock of the same class, each from a Decoy of its own, as its fixture makes them."""
    from decoy import Decoy

    return lambda: Decoy().mock(cls=WebSocket)


def measure() -> dict[str, object]:
    """Every figure of the claim."""
    ours, hand, autospec, decoy = taking_turns(
        each(lambda: double(WebSocket), MANY),
        each(by_hand, FEW),
        each(lambda: create_autospec(WebSocket, instance=True), FEW),
        each(by_decoy(), 10 * FEW),
    )
    four, four_by_hand = taking_turns(each(touched(lambda: double(WebSocket)), MANY), each(touched(by_hand), FEW))
    suite, suite_hand = taking_turns(
        each(lambda: SSotMockFactory.create_mock_suite(KINDS), FEW), each(suite_by_hand, FEW)
    )
    fabricated = taking_turns(each(SSotMockFactory.create_websocket_mock, MANY))[0]
    call, call_by_hand, call_autospec = taking_turns(
        awaited(lambda: double(WebSocket), 10 * CALLS),
        awaited(by_hand),
        awaited(lambda: create_autospec(WebSocket, instance=True)),
        rounds=31,
    )
    return {
        "create_vs_handbuilt": hand / ours,
        "create_vs_autospec": autospec / ours,
        "create_touched_vs_handbuilt": four_by_hand / four,
        "create_vs_decoy": decoy / ours,
        "create_with_behaviour_vs_handbuilt": hand / fabricated,
        "suite_vs_handbuilt": suite_hand / suite,
        "calls_vs_asyncmock": call_by_hand / call,
        "calls_vs_autospec": call_autospec / call,
        **worst_bytes(),
        "bytes_per_call": bytes_per_call(),
        "bytes_handbuilt": bytes_each(by_hand, HELD // 50),
        "freed_without_gc": freed_without_gc(),
        "create_us": ours * 1e6,
        "call_us": call * 1e6,
    }


def plot() -> str:
    """Making and holding one, by the number of methods."""
    names = ("double", "by hand", "create_autospec")
    micros: dict[str, list[float]] = {name: [] for name in names}
    held: dict[str, list[float]] = {name: [] for name in names}
    for count in METHODS:
        spec = with_methods(count)
        makers: list[Callable[[], object]] = [
            lambda spec=spec: double(spec),
            lambda count=count: by_hand_with(count),
            lambda spec=spec: create_autospec(spec, instance=True),
        ]
        double(spec)
        times = taking_turns(each(makers[0], MANY), each(makers[1], 5), each(makers[2], 5))
        for name, make, time in zip(names, makers, times, strict=True):
            micros[name].append(time * 1e6)
            held[name].append(bytes_each(make, HELD if name == "double" else 5))
    left = chart("Making one, microseconds", METHODS, micros)
    return page(left, chart("Holding one, bytes", METHODS, held, left=420))


if __name__ == "__main__":
    if "--plot" in sys.argv:
        Path(sys.argv[sys.argv.index("--plot") + 1]).write_text(plot())
    else:
        publish("Doubles against unittest.mock and Decoy.", measure)
