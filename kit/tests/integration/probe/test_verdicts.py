"""Real servers that keep their promises, or break one of them: the right verdict each time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest

from goldenpath.probe import Probe, Report, Scenario, State, load_scenario, parse_scenario, target_of

from .sockets import SCENARIO, service, silence
from .streams import ag_ui

pytestmark = pytest.mark.integration
OURS = parse_scenario(SCENARIO, "ours")
AGENTS = load_scenario("ag-ui")
AG_UI = replace(
    AGENTS,
    load=replace(AGENTS.load, rate=20.0, ramp=0.0, duration=0.5),
    limits=replace(AGENTS.limits, connect_seconds=60.0, answer_seconds=60.0),
)


def impatient(scenario: Scenario, seconds: float = 0.3) -> Scenario:
    """For what never comes: it is not worth waiting for."""
    return replace(scenario, limits=replace(scenario.limits, answer_seconds=seconds))


async def report(url: str, scenario: Scenario) -> Report:
    return await Probe(target_of(url), scenario, "0123456789abcdef").run()


def probed(opened: Callable[[], AbstractAsyncContextManager[Any]], scenario: Scenario = OURS) -> Report:
    async def main() -> Report:
        async with opened() as made:
            return await report(made if isinstance(made, str) else made[0], scenario)

    return asyncio.run(main())


def broken(report: Report) -> set[str]:
    return {id for id, entry in report.ledger.entries.items() if entry.state is State.BROKEN}


def finding(report: Report, check: str) -> str:
    return str(report.ledger[check].findings[0])


def told(report: Report) -> str:
    return "\n".join(f"{id} {entry}" for id, entry in report.ledger.entries.items())


def test_a_good_server_holds_every_check_that_was_asked_for_and_all_is_counted() -> None:
    good = probed(service)
    assert (good.verdict.code, good.verdict.word) == (0, "held"), told(good)
    assert {
        id: entry.tried for id, entry in good.ledger.entries.items() if entry.state is State.HELD and id != "PB203"
    } == {
        "PB101": 1,
        "PB103": 4,
        "PB104": 1,
        "PB201": 11,
        "PB202": 10,
        "PB401": good.ledger["PB401"].tried,
        "PB402": good.ledger["PB402"].tried,
        "PB404": 1,
        "PB501": 2,
        "PB502": 2,
        "PB503": 2,
        "PB601": 6,
        "PB602": 1,
        "PB603": 1,
        "PB604": 1,
        "PB605": 4,
    }
    assert good.ledger["PB401"].tried >= 4
    assert good.ledger["PB402"].tried >= 10
    assert (good.traffic.offered, good.traffic.ended) == (10, 10)
    assert good.traffic.latencies.spreads()["first event"].count == 10


def test_a_server_that_is_down_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        down = asyncio.run(report(f"ws://127.0.0.1:{taken.getsockname()[1]}/ws", OURS))
    assert (down.verdict.code, down.verdict.word) == (5, "unreachable")
    assert broken(down) == {"PB101"}
    assert down.ledger["PB201"].state is State.NOT_SHOWN


def test_a_server_that_accepts_connections_and_is_silent_fails_the_handshake_of_everybody() -> None:
    quiet = probed(silence, replace(OURS, limits=replace(OURS.limits, connect_seconds=5.0)))
    assert (quiet.verdict.code, broken(quiet)) == (1, {"PB103"})
    assert quiet.ledger["PB103"].broken == 4
    assert "did not answer the WebSocket handshake" in finding(quiet, "PB103")


def test_a_server_that_never_answers_a_question_is_found_out_and_not_waited_for() -> None:
    mute = probed(lambda: service("mute"), impatient(OURS))
    assert mute.verdict.code == 1
    assert mute.ledger["PB202"].kept == 0
    assert "nothing was heard" in finding(mute, "PB202")
    assert mute.ledger["PB201"].state is State.NOT_SHOWN


def test_a_slow_server_misses_its_objective() -> None:
    hurried = replace(OURS, limits=replace(OURS.limits, first_event_ms=1.0))
    slow = probed(lambda: service("slow"), hurried)
    assert (slow.verdict.code, broken(slow)) == (1, {"PB301"})
    assert "the objective is 1" in finding(slow, "PB301")
    assert slow.traffic.latencies.spreads()["first event"].p50 >= 0.05


def test_a_question_that_waits_for_those_before_it_has_waited_since_it_was_due() -> None:
    """Twenty questions in half a second, each a twentieth of a second of work: the last one waits for all."""
    load = replace(OURS.load, tenants=1, users=1, rate=40.0)
    crowded = probed(lambda: service("slow"), replace(OURS, load=load))
    assert crowded.traffic.latencies.spreads()["end of the run"].count == 20
    assert crowded.traffic.latencies.spreads()["end of the run"].worst >= 0.5
    assert crowded.ledger["PB401"].state is State.NOT_ASKED


def test_a_server_that_lies_about_the_order_breaks_the_contract_in_every_run() -> None:
    lying = probed(lambda: service("lies"))
    assert (lying.verdict.code, lying.ledger["PB201"].kept) == (1, 0)
    assert "EC302 not-open" in finding(lying, "PB201")
    assert broken(lying) == {"PB201"}


def test_a_server_whose_runs_stop_before_their_end_leaves_questions_unanswered() -> None:
    stopping = probed(lambda: service("stops"), impatient(OURS))
    assert stopping.verdict.code == 1
    assert "PB202" in broken(stopping)
    assert "it did not end within 0.3 s" in finding(stopping, "PB202")
    assert stopping.ledger["PB202"].kept == 0


def test_a_planted_canary_that_reaches_another_tenant_is_found_and_never_shown() -> None:
    leaking = probed(lambda: service("leaks"))
    assert leaking.verdict.code == 1
    assert {"PB401", "PB402"} <= broken(leaking)
    assert "question is seen by" in finding(leaking, "PB401")
    assert "gpcanary" not in str(leaking.to_json())


def test_a_server_that_speaks_garbage_is_told_so_frame_by_frame() -> None:
    garbage = probed(lambda: service("garbage"), impatient(OURS))
    assert garbage.verdict.code == 1
    assert {"PB202", "PB203"} <= broken(garbage)
    assert finding(garbage, "PB203").endswith("a frame is no JSON object")


def test_an_event_lost_over_a_reconnect_is_named() -> None:
    losing = probed(lambda: service("loses"))
    assert (losing.verdict.code, broken(losing)) == (1, {"PB502"})
    assert "event 3 never arrived" in finding(losing, "PB502")


def test_an_event_that_comes_twice_over_a_reconnect_is_named() -> None:
    repeating = probed(lambda: service("repeats"))
    assert (repeating.verdict.code, broken(repeating)) == (1, {"PB503"})
    assert "event 2 came again" in finding(repeating, "PB503")


def test_an_honest_reset_is_no_loss() -> None:
    resetting = probed(lambda: service("resets"))
    assert resetting.verdict.code == 0, told(resetting)
    assert "a reset instead of the rest" in resetting.ledger["PB502"].reason


def test_a_run_that_anybody_may_resume_is_a_leak() -> None:
    resuming = probed(lambda: service("resumes anything"))
    assert resuming.verdict.code == 1
    assert broken(resuming) == {"PB401", "PB404"}


def test_a_server_without_a_lock_lets_strangers_in() -> None:
    unlocked = probed(lambda: service("open door"))
    assert (unlocked.verdict.code, broken(unlocked)) == (1, {"PB104"})
    assert "was let in and served" in finding(unlocked, "PB104")


@pytest.mark.parametrize(
    ("fault", "check"),
    [("swallows", "PB601"), ("no rate limit", "PB603")],
)
def test_misuse_that_is_met_with_silence_is_a_finding(fault: str, check: str) -> None:
    careless = probed(lambda: service(fault), impatient(OURS))
    assert careless.verdict.code == 1
    assert check in broken(careless)
    assert "was met with silence" in finding(careless, check)


def test_garbage_that_brings_a_connection_down_is_a_finding() -> None:
    falling = probed(lambda: service("falls over"))
    assert (falling.verdict.code, falling.ledger["PB601"].kept) == (1, 0)
    assert "closed with code 1011" in finding(falling, "PB601")


def test_a_server_that_takes_frames_of_any_size_in_silence_is_a_finding() -> None:
    careless = probed(lambda: service("no size limit", "swallows"), impatient(OURS))
    assert "a frame of 100,000 bytes was met with silence" in finding(careless, "PB602")


def test_isolation_is_not_shown_where_nobody_sees_even_its_own_mark() -> None:
    silent_about_it = replace(OURS, ask=replace(OURS.ask, message={"type": "ask", "text": "hello", "note": "{canary}"}))
    blind = probed(service, silent_about_it)
    assert (blind.verdict.code, blind.verdict.word) == (3, "not shown"), told(blind)
    assert blind.ledger["PB401"].state is State.NOT_SHOWN


def test_a_probe_that_takes_longer_than_its_budget_ends_and_says_so() -> None:
    late = probed(lambda: service("mute"), replace(OURS, limits=replace(OURS.limits, budget=0.5)))
    assert late.cause == "budget"
    assert any("limits.budget" in line for line in (late.verdict.message, *late.verdict.also))


def test_a_good_ag_ui_server_holds() -> None:
    good = probed(ag_ui, AG_UI)
    assert (good.verdict.code, good.verdict.word) == (0, "held"), told(good)
    assert (good.ledger["PB201"].tried, good.ledger["PB601"].tried) == (10, 6)


@pytest.mark.parametrize(
    ("fault", "check", "words"),
    [
        ("lies", "PB201", "EC302 not-open"),
        ("cuts off", "PB202", "the answer was cut off"),
        ("falls over", "PB601", "HTTP 500"),
    ],
)
def test_a_bad_ag_ui_server_is_found_out(fault: str, check: str, words: str) -> None:
    bad = probed(lambda: ag_ui(fault), AG_UI)
    assert bad.verdict.code == 1
    assert check in broken(bad)
    assert words in finding(bad, check)
