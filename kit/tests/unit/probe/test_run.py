from __future__ import annotations

import asyncio

from goldenpath.probe import parse_scenario
from goldenpath.probe.latency import END, FIRST, Latencies
from goldenpath.probe.reading import Reading
from goldenpath.probe.run import UNKNOWN, Outcome, Run

READING = Reading(parse_scenario('name = "mine"\n[ask]\nmessage = "hi"\n'))


def timed(*types: str) -> tuple[Run, Latencies]:
    """A run whose question was due at 10 and whose events come a second apart."""

    async def main() -> tuple[Run, Latencies]:
        latencies, loop = Latencies(), asyncio.get_running_loop()
        run = Run(10.0, READING, READING.contract.checker(), loop.create_future(), latencies)
        for number, type_ in enumerate(types, 1):
            run.note(READING.of({"type": type_, "run_id": "r", "seq": number, "payload": {}}), 10.0 + number)
        return run, latencies

    return asyncio.run(main())


def test_each_type_is_timed_once_from_when_the_question_was_due() -> None:
    run, latencies = timed("agent_started", "agent_thinking", "agent_thinking", "agent_completed")
    assert latencies.values == {
        FIRST: [1.0],
        "agent_started": [1.0],
        "agent_thinking": [2.0],
        "agent_completed": [4.0],
        END: [4.0],
    }
    assert (run.outcome, run.seqs) == (Outcome.ENDED, [1, 2, 3, 4])


def test_types_that_the_contract_does_not_know_share_one_row() -> None:
    run, latencies = timed("agent_started", *(f"noise-{number}" for number in range(50)))
    assert list(latencies.values) == [FIRST, "agent_started", UNKNOWN]
    assert run.outcome is None


def test_a_run_that_ends_badly_has_ended_and_failed() -> None:
    run, _ = timed("agent_started", "agent_error")
    assert (run.outcome, run.detail) == (Outcome.FAILED, "it ended with agent_error")


def test_what_was_decided_first_stays() -> None:
    run, _ = timed("agent_started", "agent_completed")
    run.settle(Outcome.LATE, "too late")
    assert run.outcome is Outcome.ENDED
