from __future__ import annotations

from typing import Any

from goldenpath import GOLDEN_PATH

THE_FIVE = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]


def types(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["type"] for frame in frames]


def stages(frames: list[dict[str, Any]]) -> list[str]:
    """The types in the order in which each first appeared."""
    return list(dict.fromkeys(types(frames)))


def test_the_five_events_arrive_in_order_over_a_real_socket(backend: Any) -> None:
    with backend.visitor().spend(large="0.30", small="0.10").connected() as tab:
        tab.ask()
        frames = tab.receive_run()
    assert stages(frames) == THE_FIVE
    assert GOLDEN_PATH.check(frames).ok, GOLDEN_PATH.check(frames).explain()
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert len({(frame["run_id"], frame["thread_id"], frame["epoch"]) for frame in frames}) == 1
    agents = list(dict.fromkeys(frame["agent_name"] for frame in frames))
    assert agents == ["supervisor", "triage", "optimization", "actions", "reporting"]
    assert sorted(frame["timestamp"] for frame in frames) == [frame["timestamp"] for frame in frames]
    assert all(frame["payload"]["ok"] for frame in frames if frame["type"] == "tool_completed")


def test_the_answer_adds_up_the_real_records_to_the_cent(backend: Any) -> None:
    with backend.visitor().spend(large="0.30", small="0.123456789").connected() as tab:
        tab.ask()
        answer = tab.receive_run()[-1]["payload"]
    assert answer["status"] == "completed"
    assert answer["result"]["cost"] == "0.423456789"
    assert [(row["name"], row["cost"]) for row in answer["result"]["rows"]] == [
        ("large", "0.300000000"),
        ("small", "0.123456789"),
    ]
    assert answer["result"]["text"] == "You spent $0.42 in all. By model, large is the dearest of 2: $0.30 (71%)."


def test_a_question_about_teams_is_answered_by_team(backend: Any) -> None:
    with backend.visitor().spend(large="0.30", small="0.10").connected() as tab:
        tab.ask("Which team spends most?")
        frames = tab.receive_run()
    assert {"grouping": "team"} in [frame["payload"].get("parameters") for frame in frames]
    assert [row["name"] for row in frames[-1]["payload"]["result"]["rows"]] == ["search"]


def test_the_answer_is_in_postgresql_when_agent_completed_arrives(backend: Any) -> None:
    with backend.visitor().connected() as tab:
        tab.ask()
        completed = tab.receive_run()[-1]
        run_id = completed["run_id"]
        stored = backend.query("SELECT role, content FROM messages WHERE run_id = %s ORDER BY id", run_id)
        state = backend.query("SELECT state, last_seq FROM runs WHERE id = %s", run_id)
    assert stored == [("user", "What do we spend?"), ("assistant", completed["payload"]["result"]["text"])]
    assert state == [("completed", completed["seq"])]


def test_the_log_holds_exactly_the_frames_that_were_sent(backend: Any) -> None:
    with backend.visitor().connected() as tab:
        tab.ask()
        frames = tab.receive_run()
    logged = backend.query(
        "SELECT seq, type, epoch, payload FROM run_events WHERE run_id = %s ORDER BY seq", frames[0]["run_id"]
    )
    assert logged == [(frame["seq"], frame["type"], frame["epoch"], frame["payload"]) for frame in frames]


def test_the_conversation_is_there_when_the_user_comes_back(backend: Any) -> None:
    visitor = backend.visitor()
    with visitor.connected() as tab:
        tab.ask("What do we spend?")
        thread_id = tab.receive_run()[-1]["thread_id"]
        tab.ask("And by team?", thread_id)
        assert {frame["thread_id"] for frame in tab.receive_run()} == {thread_id}
    visitor.log_in()
    threads = visitor.must("GET", "/api/threads")["threads"]
    messages = visitor.must("GET", f"/api/threads/{thread_id}/messages")["messages"]
    assert [(thread["id"], thread["title"]) for thread in threads] == [(thread_id, "What do we spend?")]
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]
    assert messages[3]["data"]["grouping"] == "team"


def test_sending_the_same_message_again_replays_its_run_and_starts_no_other(backend: Any) -> None:
    visitor = backend.visitor()
    with visitor.connected() as tab:
        message_id = tab.ask()
        first = tab.receive_run()
    with visitor.connected() as tab:
        tab.ask(message_id=message_id)
        assert tab.receive()["payload"]["last_seq"] == first[-1]["seq"]
        assert tab.receive_run() == first
    assert len(visitor.must("GET", "/api/threads")["threads"]) == 1


def test_a_second_tab_of_the_user_follows_the_run(backend: Any) -> None:
    visitor = backend.visitor()
    with visitor.connected() as asking, visitor.connected() as watching:
        asking.ask()
        assert watching.receive_run() == asking.receive_run()


def test_a_run_outlives_the_socket_that_asked_for_it(backend: Any) -> None:
    visitor = backend.visitor()
    with visitor.connected() as watching:
        with backend.agents_held():
            with visitor.connected() as asking:
                asking.ask()
                assert asking.receive()["type"] == "agent_started"
        assert stages(watching.receive_run()) == THE_FIVE


def test_a_thread_works_on_one_question_at_a_time(backend: Any) -> None:
    visitor = backend.visitor()
    with visitor.connected() as tab:
        with backend.agents_held():
            message_id = tab.ask()
            told = [tab.receive() for _ in range(3)]
            thread_id = told[0]["thread_id"]
            assert types(told[1:]) == ["agent_thinking", "tool_executing"]
            second = tab.ask("Another?", thread_id)
            refused = tab.receive()["payload"]
            tab.ask(message_id=message_id)
            repeated = tab.receive()
        assert (refused["code"], refused["retryable"]) == ("run_active", True)
        assert refused["client_message_id"] == second
        assert (repeated["type"], repeated["payload"]["thread_id"], repeated["payload"]["after"]) == (
            "resume",
            thread_id,
            len(told),
        )
        assert stages(told + tab.receive_run()) == THE_FIVE
        tab.ask("Another?", thread_id, second)
        assert stages(tab.receive_run()) == THE_FIVE


def test_a_tool_that_fails_is_told_in_the_report_which_says_nothing_of_the_cause(start_backend: Any) -> None:
    backend = start_backend()
    visitor = backend.visitor()
    backend.execute("REVOKE SELECT ON usage_records FROM agent_backend_app")
    with visitor.connected() as tab:
        tab.ask()
        frames = tab.receive_run()
        assert stages(frames) == THE_FIVE
        [tool] = [frame["payload"] for frame in frames if frame["type"] == "tool_completed"]
        assert (tool["ok"], tool["result"]) == (False, None)
        told = frames[-1]["payload"]["result"]
        assert told["text"].startswith("The usage records could not be read this time.")
        assert told["caveats"] == ["What the records hold could not be checked."]
        assert "usage_records" not in str(frames)
        assert "permission denied" not in str(frames)
        assert "permission denied for table usage_records" in backend.log.read_text()
        assert backend.query("SELECT state FROM runs") == [("completed",)]
        backend.execute("GRANT SELECT ON usage_records TO agent_backend_app")
        tab.ask(thread_id=frames[0]["thread_id"])
        assert tab.receive_run()[-1]["payload"]["result"]["caveats"] == []
