from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from goldenpath import double
from goldenpath.cli.demo.journey import Journey, Moment
from goldenpath.cli.demo.stage import Stage
from goldenpath.cli.demo.takeover import TRIES, Takeover, take_over
from goldenpath.cli.demo.usage import Tenant

INSTANCES = ("first", "second")


def stage() -> Any:
    made = double(Stage)
    made.held_back.side_effect = lambda name: nullcontext()
    made.url.side_effect = lambda name: f"http://{name}"
    return made


def journey(*interrupted: bool, known: bool = True) -> Any:
    """A tenant whose run is interrupted at these kills, and goes on afterwards if it is still known."""
    made = double(Journey, tenant=Tenant("acme", b""), moments=[Moment(1.0, {"type": "agent_thinking", "seq": 2})])
    made.lost.side_effect = interrupted

    def end(question: str, watch: Any) -> bool:
        made.moments.append(Moment(2.0, {"type": "agent_completed", "seq": 3}))
        return known

    made.see_the_end.side_effect = end
    return made


@pytest.mark.asyncio
async def test_where_no_run_was_hit_the_dead_instance_is_revived_and_the_roles_change() -> None:
    ground, visitor = stage(), journey(False, True)
    takeover = await take_over([visitor], ground, INSTANCES, lambda tenant, event: None)
    assert (takeover.victim, takeover.heir, takeover.interrupted) == ("second", "first", {"acme": 2})
    assert [call.args for call in ground.kill.call_args_list] == [("first",), ("second",)]
    ground.revive.assert_called_once_with("first")
    assert [call.args for call in visitor.come_over.call_args_list] == [("http://second",), ("http://first",)]
    assert takeover.check().held


@pytest.mark.asyncio
async def test_runs_that_are_never_hit_break_the_promise_instead_of_going_on_for_ever() -> None:
    ground = stage()
    takeover = await take_over([journey(*[False] * TRIES)], ground, INSTANCES, lambda tenant, event: None)
    assert ground.kill.call_count == TRIES
    assert not takeover.check().held
    assert takeover.check().detail.startswith("0 of 1 runs were under way")


@pytest.mark.asyncio
async def test_a_run_that_nobody_knows_any_more_breaks_the_promise() -> None:
    takeover = await take_over([journey(True, known=False)], stage(), INSTANCES, lambda tenant, event: None)
    assert takeover.interrupted == {"acme": 2}
    assert not takeover.check().held
    assert takeover.check().detail.endswith("those of nobody went on to their end")


def test_the_longest_silence_of_anybody_is_what_the_takeover_took() -> None:
    takeover = Takeover("first", "second", 2, silences={"acme": 3.5, "globex": 4.5})
    assert takeover.seconds == 4.5
