from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET

from goldenpath.simulation import DROP, Event, Rule, Simulation, Timeline, delay

SVG = "{http://www.w3.org/2000/svg}"


def conversation() -> Simulation:
    async def main(simulation: Simulation) -> None:
        down = simulation.channel("server", "alice", lambda payload: None)
        up = simulation.channel("alice", "server", lambda payload: None, direction="to_server")
        up.send("question")
        await asyncio.sleep(1)
        simulation.tell("server", "thinks <hard> & long")
        down.send("agent_started")
        down.send("agent_thinking")
        await asyncio.sleep(5)

    simulation = Simulation(faults=[Rule("slow", delay(0.25), type="agent_*"), Rule("loss", DROP, type="*thinking")])
    simulation.run(main)
    return simulation


def test_the_text_says_who_said_what_when_and_what_became_of_it() -> None:
    assert conversation().timeline.text().splitlines() == [
        "0.000  alice -> server  question",
        "1.000  server           thinks <hard> & long",
        "1.000  server -> alice  agent_started         +0.250 s  [delay by slow]",
        "1.000  server -x alice  agent_thinking        [delay+drop by slow and loss]",
    ]


def test_the_picture_has_a_line_for_each_party_and_an_arrow_for_each_message() -> None:
    root = ET.fromstring(conversation().timeline.svg())
    assert root.tag == f"{SVG}svg"
    lines = [element.get("class") for element in root.iter(f"{SVG}line")]
    assert sorted(filter(None, lines)) == ["fault", "fault", "life", "life", "said"]
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert {"server", "alice", "question", "agent_started", "thinks <hard> & long", "1.000 s"} <= set(words)


def test_an_arrow_that_never_arrives_ends_half_way() -> None:
    root = ET.fromstring(Timeline([Event(0, "hello", "a", "b", fate="drop by loss")]).svg())
    lives = [float(line.get("x1", 0)) for line in root.iter(f"{SVG}line") if line.get("class") == "life"]
    arrow = next(line for line in root.iter(f"{SVG}line") if line.get("class") == "fault")
    assert float(arrow.get("x2", 0)) == sum(lives) / 2


def test_events_are_shown_in_the_order_they_were_sent_in() -> None:
    timeline = Timeline([Event(2, "second", "a", "b", until=2), Event(1, "first", "a", "b", until=3)])
    assert [event.what for event in timeline.events] == ["first", "second"]


def test_a_silent_run_has_a_timeline_too() -> None:
    silent = Timeline([])
    assert silent.text() == "(nothing was said)"
    ET.fromstring(silent.svg())


def test_the_same_seed_draws_the_same_picture() -> None:
    assert conversation().timeline.svg() == conversation().timeline.svg()
