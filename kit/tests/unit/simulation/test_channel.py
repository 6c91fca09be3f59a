from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.simulation import (
    CORRUPT,
    DROP,
    Channel,
    ChannelClosedError,
    Network,
    Rule,
    Simulation,
    close,
    corrupted,
    delay,
    duplicate,
    reorder,
)


def arrivals(*faults: Rule, count: int = 4, every: float = 1.0, seed: int = 0) -> list[tuple[float, object]]:
    """What arrives, and when, of the numbers sent one by one."""
    got: list[tuple[float, object]] = []

    async def main(simulation: Simulation) -> None:
        line = simulation.channel("server", "alice", lambda payload: got.append((simulation.now, payload)))
        for number in range(count):
            line.send("number", number)
            await asyncio.sleep(every)
        await asyncio.sleep(60)

    Simulation(seed, faults=faults).run(main)
    return got


def test_without_faults_everything_arrives_at_once_and_in_order() -> None:
    assert arrivals() == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert arrivals(every=0) == [(0, 0), (0, 1), (0, 2), (0, 3)]


def test_a_late_message_keeps_those_behind_it_waiting() -> None:
    assert arrivals(Rule("late", delay(2.5), times=1)) == [(2.5, 0), (2.5, 1), (2.5, 2), (3, 3)]


def test_a_dropped_message_does_not_arrive() -> None:
    assert arrivals(Rule("loss", DROP, between=(1, 3))) == [(0, 0), (3, 3)]


def test_a_duplicated_message_arrives_several_times() -> None:
    assert arrivals(Rule("again", duplicate(3), times=1), count=2) == [(0, 0), (0, 0), (0, 0), (1, 1)]


def test_a_reordered_message_lets_later_ones_pass() -> None:
    assert arrivals(Rule("overtaken", reorder(2), times=1), every=0.25) == [(0.25, 1), (0.5, 2), (0.5, 0), (0.75, 3)]


def test_a_reordered_message_that_nothing_overtakes_arrives_all_the_same() -> None:
    assert arrivals(Rule("overtaken", reorder(5), times=1), count=2, every=2) == [(1, 0), (2, 1)]


def test_a_corrupted_message_arrives_damaged() -> None:
    got: list[Any] = []

    async def main(simulation: Simulation) -> None:
        line = simulation.channel("server", "alice", got.append)
        for payload in ("x" * 20, b"x" * 20, {"type": "agent_started"}):
            line.send("event", payload)
        await asyncio.sleep(1)

    Simulation(faults=[Rule("noise", CORRUPT)]).run(main)
    assert [type(payload) for payload in got] == [str, bytes, str]
    assert got[0] != "x" * 20
    assert got[1] != b"x" * 20
    assert got[2] != '{"type": "agent_started"}'


@given(st.text() | st.binary(), st.integers(1, 2**31))
def test_corruption_changes_any_payload_but_an_empty_one(payload: str | bytes, corruption: int) -> None:
    damaged = corrupted(payload, corruption)
    assert type(damaged) is type(payload)
    assert (damaged == payload) is (not payload)
    assert corrupted(payload, corruption) == damaged


def test_a_close_ends_the_line_and_loses_what_was_under_way() -> None:
    got: list[object] = []
    codes: list[int] = []

    async def main(simulation: Simulation) -> None:
        line = simulation.channel("server", "alice", got.append, on_close=codes.append)
        line.send("hello", 1)
        line.send("bye", 2)
        with pytest.raises(ChannelClosedError, match="closed with code 1011") as closed:
            line.send("hello", 3)
        assert closed.value.code == line.close_code == 1011
        await asyncio.sleep(10)

    simulation = Simulation(faults=[Rule("cut", close(1011), type="bye"), Rule("late", delay(1))])
    simulation.run(main)
    assert (got, codes) == ([], [1011])
    assert [event.fate for event in simulation.timeline.events] == [
        "delay by late, closed",
        "delay+close by cut and late",
    ]


def test_what_is_sent_during_a_partition_arrives_in_order_after_the_repair() -> None:
    got: list[tuple[float, object]] = []

    async def main(simulation: Simulation) -> None:
        def line_to(who: str) -> Channel:
            return simulation.channel("server", who, lambda payload: got.append((simulation.now, payload)))

        alice, bob = line_to("alice"), line_to("bob")
        with simulation.network.partition("alice"):
            for number in range(3):
                alice.send("number", number)
                bob.send("number", f"bob {number}")
                await asyncio.sleep(1)
            simulation.network.repair("somebody else")
        alice.send("number", 3)
        await asyncio.sleep(1)

    Simulation().run(main)
    assert [each for each in got if not isinstance(each[1], str)] == [(3, 0), (3, 1), (3, 2), (3, 3)]
    assert [each for each in got if isinstance(each[1], str)] == [(0, "bob 0"), (1, "bob 1"), (2, "bob 2")]


def test_a_closed_line_is_not_told_of_repairs() -> None:
    network = Network()
    got: list[object] = []
    line = Channel(network, got.append, sender="server", receiver="alice")
    network.partition()
    line.send("held")
    line.close()
    network.repair()
    assert got == []
    assert network._repairs == {}


def test_bandwidth_delays_by_the_size_of_what_is_sent() -> None:
    async def main(simulation: Simulation) -> list[float]:
        at: list[float] = []
        line = simulation.channel("server", "alice", lambda payload: at.append(simulation.now))
        line.send("big", "x" * 500)
        line.send("counted", size=250)
        await asyncio.sleep(10)
        return at

    assert Simulation(faults=[Rule("narrow", bandwidth=100)]).run(main) == [5, 7.5]


@pytest.mark.asyncio
async def test_a_channel_works_on_a_real_loop_too() -> None:
    got: list[object] = []
    done = asyncio.Event()

    def deliver(payload: object) -> None:
        got.append(payload)
        if len(got) == 4:
            done.set()

    line = Channel(Network(Rule("again", duplicate())), deliver, sender="server", receiver="alice")
    line.send("number", 1)
    line.send("number", 2)
    await asyncio.wait_for(done.wait(), 60)
    assert got == [1, 1, 2, 2]


@given(st.lists(st.floats(0, 2), max_size=8), st.integers(0, 50))
def test_without_reordering_the_order_is_kept_whatever_the_delays(pauses: list[float], seed: int) -> None:
    got: list[int] = []

    async def main(simulation: Simulation) -> None:
        line = simulation.channel("server", "alice", got.append)
        for number, pause in enumerate(pauses):
            line.send("number", number)
            await asyncio.sleep(pause)
        await asyncio.sleep(10)

    Simulation(seed, faults=[Rule("late", delay(0.5), rate=0.5), Rule("jitter", jitter=3.0)]).run(main)
    assert got == list(range(len(pauses)))
