from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.agents import ForeignContext
from agent_backend.context import UserExecutionContext
from agent_backend.execution import EngineParts, ExecutionState, Limits, StepFailed, UserExecutionEngine
from agent_backend.storage import Claim, OpenCall, RunState

BEGINNING = ["commit agent_started", "send agent_started", "commit agent_thinking", "send agent_thinking"]
COMPLETED = [*BEGINNING, "commit step only", "commit agent_completed", "send agent_completed"]


async def forever() -> None:
    await asyncio.Event().wait()


async def mishap() -> None:
    raise ValueError("a secret")


@pytest.mark.asyncio
async def test_every_event_is_committed_before_it_is_sent(engine: Any, claim: Claim, log: Any, plain: Any) -> None:
    report = await engine.execute(claim, plain())
    assert log.lines == COMPLETED
    assert report.state is log.state is RunState.COMPLETED
    assert log.answer == {"text": "an answer"}


@pytest.mark.asyncio
async def test_an_agent_is_given_the_question_and_what_the_workflow_hands_over(
    engine: Any, claim: Claim, worker: Any, plain: Any
) -> None:
    await engine.execute(claim, plain())
    [task] = worker.tasks
    assert (task.question, task.inputs) == ("question", {"question": "question"})


@pytest.mark.asyncio
async def test_the_agents_of_a_thread_are_let_go_of_with_its_last_run(
    engine: Any, parts: EngineParts, claim: Claim, worker: Any, plain: Any
) -> None:
    held = []

    async def looked() -> dict[str, Any]:
        held.append(parts.registry.health())
        return {"text": "an answer"}

    worker.then = looked
    await engine.execute(claim, plain())
    held.append(parts.registry.health())
    assert [(each["agents"], each["runs"]) for each in held] == [(1, 1), (0, 0)]


@pytest.mark.asyncio
async def test_the_cause_of_a_failure_is_logged_and_not_sent(
    engine: Any, claim: Claim, log: Any, worker: Any, plain: Any, caplog: pytest.LogCaptureFixture
) -> None:
    worker.then = mishap
    report = await engine.execute(claim, plain())
    assert log.lines[-3:] == [
        "commit step only agent_failed",
        "commit agent_error",
        "send agent_error internal_error",
    ]
    assert report.state is RunState.FAILED
    assert "a secret" not in log.events[-1].body
    assert "a secret" in caplog.text


@pytest.mark.asyncio
async def test_the_cause_of_a_workflows_own_failure_is_logged_and_not_sent(
    engine: Any, claim: Claim, log: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        name = "broken"

        async def run(self, question: str, context: Any, steps: Any) -> dict[str, Any]:
            raise OSError("a secret")

    assert (await engine.execute(claim, Broken())).state is RunState.FAILED
    assert log.lines[-1] == "send agent_error internal_error"
    assert "a secret" not in log.events[-1].body
    assert "a secret" in caplog.text


@pytest.mark.parametrize("answer", [{"words": "no text"}, {"text": 3}, {"text": "x", "cost": float("nan")}], ids=str)
@pytest.mark.asyncio
async def test_an_answer_that_is_none_is_a_failure(
    engine: Any, claim: Claim, log: Any, worker: Any, plain: Any, answer: dict[str, Any]
) -> None:
    async def answered() -> Any:
        return answer

    worker.then = answered
    assert (await engine.execute(claim, plain())).state is RunState.FAILED
    assert log.lines[-1] == "send agent_error internal_error"


@pytest.mark.asyncio
async def test_a_run_that_takes_too_long_ends_as_a_timeout(
    parts: EngineParts, claim: Claim, log: Any, worker: Any, plain: Any
) -> None:
    worker.then = forever
    impatient = replace(parts, limits=Limits(timedelta(milliseconds=100), timedelta(hours=1)))
    report = await UserExecutionEngine(claim.context.principal, impatient).execute(claim, plain())
    assert log.lines[-2:] == ["commit agent_error", "send agent_error timeout"]
    assert report.state is log.state is RunState.TIMEOUT


@pytest.mark.asyncio
async def test_the_time_of_a_run_counts_from_its_first_claim(
    engine: Any, claim: Claim, log: Any, plain: Any, clock: Any
) -> None:
    clock.move(minutes=3)
    assert (await engine.execute(claim, plain())).state is RunState.TIMEOUT


@pytest.mark.asyncio
async def test_an_agent_that_gives_no_sign_of_life_ends_its_run_as_dead(
    engine: Any, parts: EngineParts, claim: Claim, log: Any, worker: Any, plain: Any, clock: Any
) -> None:
    thinking = asyncio.Event()

    async def think_on() -> None:
        thinking.set()
        await forever()

    worker.then = think_on
    running = asyncio.create_task(engine.execute(claim, plain()))
    await thinking.wait()
    clock.move(minutes=1)
    assert [each.state for each in parts.tracker.check()] == [ExecutionState.DEAD]
    assert (await running).state is log.state is RunState.DEAD
    assert log.lines[-1] == "send agent_error agent_dead"


@pytest.mark.asyncio
async def test_a_run_whose_user_cancels_it_here_says_so(
    engine: Any, claim: Claim, log: Any, worker: Any, plain: Any
) -> None:
    async def cancelled() -> None:
        assert engine.cancel(claim.context.run_id)
        await forever()

    worker.then = cancelled
    report = await engine.execute(claim, plain())
    assert report.state is log.state is RunState.CANCELLED
    assert log.lines[-1] == "send agent_error cancelled"
    assert not engine.cancel(claim.context.run_id)


@pytest.mark.asyncio
async def test_a_run_that_was_cancelled_elsewhere_learns_of_it_with_its_next_event(
    engine: Any, claim: Claim, log: Any, plain: Any
) -> None:
    log.cancel_requested = True
    assert (await engine.execute(claim, plain("one", "two"))).state is RunState.CANCELLED
    assert log.lines[-1] == "send agent_error cancelled"
    assert "two" not in log.steps


@pytest.mark.asyncio
async def test_a_run_that_is_let_go_of_tells_nobody_and_is_not_ended(
    engine: Any, claim: Claim, log: Any, worker: Any, plain: Any
) -> None:
    thinking = asyncio.Event()

    async def think_on() -> None:
        thinking.set()
        await forever()

    worker.then = think_on
    running = asyncio.create_task(engine.execute(claim, plain()))
    await thinking.wait()
    await engine.cleanup()
    await engine.cleanup()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert log.lines == BEGINNING
    assert log.state is RunState.RUNNING
    assert engine.running == []


@pytest.mark.asyncio
async def test_a_cancellation_does_not_part_a_commit_from_its_frame(
    engine: Any, claim: Claim, log: Any, plain: Any
) -> None:
    log.gate.clear()
    running = asyncio.create_task(engine.execute(claim, plain()))
    await log.reached("agent_started").wait()
    running.cancel()
    await asyncio.sleep(0)
    log.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert log.lines == BEGINNING[:2]


@pytest.mark.parametrize("broken", ["agent_started", "agent_thinking", "only", "agent_completed"])
@pytest.mark.asyncio
async def test_a_log_that_is_out_of_reach_makes_the_engine_let_go_of_the_run(
    engine: Any, claim: Claim, log: Any, plain: Any, broken: str
) -> None:
    log.broken = {broken}
    report = await engine.execute(claim, plain())
    assert report.state is None
    assert log.state is RunState.RUNNING
    assert "agent_error" not in {event.type for event in log.events}


@pytest.mark.asyncio
async def test_who_was_fenced_off_writes_nothing_more_and_fails_nothing(
    engine: Any, claim: Claim, log: Any, worker: Any, plain: Any
) -> None:
    async def taken_over() -> None:
        log.fence += 1

    worker.then = taken_over
    report = await engine.execute(claim, plain())
    assert report.state is None
    assert log.lines == BEGINNING


@pytest.mark.asyncio
async def test_another_instance_goes_on_with_the_step_that_was_not_completed(
    engine: Any, claim: Claim, log: Any, worker: Any, plain: Any, claim_again: Callable[[], Claim]
) -> None:
    dying = asyncio.Event()

    async def die_in_the_second() -> None:
        if len(worker.tasks) == 2:
            dying.set()
            await forever()

    worker.then = die_in_the_second
    first = asyncio.create_task(engine.execute(claim, plain("one", "two", "three")))
    await dying.wait()
    first.cancel()
    await asyncio.wait([first])
    worker.then = None
    report = await engine.execute(claim_again(), plain("one", "two", "three"))
    assert report.state is RunState.COMPLETED
    assert len(worker.tasks) == 4
    told = [event.type.value for event in log.events]
    assert told == ["agent_started", *["agent_thinking"] * 4, "agent_completed"]
    assert [event.seq for event in log.events] == list(range(1, 7))
    assert [(step.name, step.position) for step in log.steps.values()] == [("one", 1), ("two", 2), ("three", 3)]


@pytest.mark.asyncio
async def test_tool_calls_that_died_with_their_process_are_closed_before_the_step_begins_again(
    engine: Any, claim: Claim, log: Any, plain: Any
) -> None:
    again = replace(claim, last_seq=3, open_calls=(OpenCall("worker", "sum", "tcl_1"),))
    await engine.execute(again, plain())
    closing, *_ = log.events
    assert closing.type == "tool_completed"
    assert closing.payload == {
        "tool_call_id": "tcl_1",
        "tool_name": "sum",
        "result": None,
        "duration_ms": 0,
        "ok": False,
    }


@pytest.mark.asyncio
async def test_a_stored_failure_reaches_the_workflow_again_and_its_agent_does_not_run(
    engine: Any, claim: Claim, log: Any, worker: Any, claim_again: Callable[[], Claim]
) -> None:
    class Tolerant:
        name = "tolerant"

        async def run(self, question: str, context: Any, steps: Any) -> dict[str, Any]:
            try:
                return await steps.run("fragile", "worker")
            except StepFailed as failed:
                return {"text": f"without {failed.step}: {failed.code}"}

    worker.then = mishap
    log.broken = {"agent_completed"}
    assert (await engine.execute(claim, Tolerant())).state is None
    log.broken = set()
    assert (await engine.execute(claim_again(), Tolerant())).state is RunState.COMPLETED
    assert log.answer == {"text": "without fragile: agent_failed"}
    assert len(worker.tasks) == 1


@pytest.mark.asyncio
async def test_a_workflow_that_was_changed_in_mid_run_fails_rather_than_mix_up_results(
    engine: Any, claim: Claim, log: Any, plain: Any, claim_again: Callable[[], Claim]
) -> None:
    log.broken = {"agent_completed"}
    await engine.execute(claim, plain())
    log.broken = set()
    changed = replace(claim_again(), question="another question")
    assert (await engine.execute(changed, plain())).state is RunState.FAILED
    assert log.lines[-1] == "send agent_error workflow_changed"


@pytest.mark.asyncio
async def test_a_step_has_its_name_to_itself(engine: Any, claim: Claim, log: Any, plain: Any) -> None:
    assert (await engine.execute(claim, plain("one", "one"))).state is RunState.FAILED


@pytest.mark.asyncio
async def test_steps_side_by_side_are_told_one_event_after_the_other(
    engine: Any, claim: Claim, log: Any, worker: Any
) -> None:
    class Wide:
        name = "wide"

        async def run(self, question: str, context: Any, steps: Any) -> dict[str, Any]:
            answers = await asyncio.gather(*(steps.run(f"step {n}", "worker") for n in range(5)))
            return answers[0]

    assert (await engine.execute(claim, Wide())).state is RunState.COMPLETED
    commits = [line.removeprefix("commit ") for line in log.lines if line.startswith("commit agent")]
    sends = [line.removeprefix("send ") for line in log.lines if line.startswith("send")]
    assert commits == sends
    assert sorted(event.payload["step"] for event in log.events[1:-1]) == [1, 2, 3, 4, 5]


@pytest.mark.asyncio
async def test_an_event_that_cannot_be_delivered_does_not_fail_the_run(
    parts: EngineParts, claim: Claim, log: Any, plain: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    engine = UserExecutionEngine(claim.context.principal, replace(parts, deliver=broken))
    assert (await engine.execute(claim, plain())).state is RunState.COMPLETED
    assert "was not delivered" in caplog.text


@pytest.mark.asyncio
async def test_a_context_of_another_user_is_refused(
    engine: Any, claim: Claim, plain: Any, log: Any, new_context: Callable[..., UserExecutionContext]
) -> None:
    with pytest.raises(ForeignContext):
        await engine.execute(replace(claim, context=new_context()), plain())
    assert log.lines == []


@pytest.mark.asyncio
async def test_more_runs_than_a_user_may_have_at_once_wait_for_their_turn(
    parts: EngineParts, claim: Claim, log: Any, worker: Any, plain: Any, new_context: Any
) -> None:
    engine = UserExecutionEngine(claim.context.principal, replace(parts, at_once=1))
    other = replace(
        claim, context=new_context(tenant_id=claim.context.tenant_id, user_id=claim.context.user_id), fence=2
    )
    held = asyncio.Event()

    async def hold() -> None:
        await held.wait()

    worker.then = hold
    first = asyncio.create_task(engine.execute(claim, plain()))
    await log.reached("agent_thinking").wait()
    second = asyncio.create_task(engine.execute(other, plain()))
    for _ in range(50):
        await asyncio.sleep(0)
    assert (len(engine.running), len(parts.tracker.active())) == (2, 1)
    held.set()
    assert (await first).state is RunState.COMPLETED
    assert (await second).state is None


@pytest.mark.asyncio
async def test_a_run_that_has_brought_down_many_instances_is_not_tried_again(
    engine: Any, claim: Claim, log: Any, worker: Any, plain: Any
) -> None:
    log.fence = 6
    assert (await engine.execute(replace(claim, fence=6, last_seq=3), plain())).state is RunState.DEAD
    assert worker.tasks == []


@pytest.mark.asyncio
async def test_the_engine_remembers_how_its_runs_ended(
    engine: Any, claim: Claim, worker: Any, plain: Any, parts: EngineParts
) -> None:
    await engine.execute(claim, plain())
    [report] = engine.history
    assert (report.run_id, report.state) == (claim.context.run_id, RunState.COMPLETED)
    assert engine.statistics() == {"running": 0.0, "mean_seconds": 0.0, "completed": 1.0}
    [execution] = parts.tracker.history(claim.context.principal)
    assert [phase.value for phase in execution.phases] == [
        "created",
        "preparing",
        "starting",
        "thinking",
        "result_processing",
        "completing",
        "completed",
    ]
