from __future__ import annotations

import json
from typing import Any

import pytest

ASK = {"type": "ask", "thread_id": None, "text": "What do we spend?", "client_message_id": "m"}
GARBAGE = {
    "no JSON": "garbage",
    "no object": "[]",
    "a number": "1e400",
    "nothing": "",
    "nested without end": "[" * 60_000,
    "an unknown type": json.dumps(ASK | {"type": "delete_everything"}),
    "no type": json.dumps({"text": "hello"}),
    "no text": json.dumps(ASK | {"text": "  "}),
    "a text too long": json.dumps(ASK | {"text": "x" * 8001}),
    "a NUL character": json.dumps(ASK | {"text": "a\x00b"}),
    "half a character": '{"type": "ask", "text": "\\ud800", "client_message_id": "m"}',
    "a number for a text": json.dumps(ASK | {"text": 1}),
    "no message id": json.dumps(ASK | {"client_message_id": ""}),
    "a user id of the client's choice": json.dumps(ASK | {"user_id": "usr_01a1fcae7e2477d6809bbd58925915d0"}),
    "bytes": b"\xff\x00",
}


@pytest.mark.parametrize("frame", GARBAGE.values(), ids=GARBAGE.keys())
def test_a_frame_that_is_no_message_is_answered_with_an_error_and_the_socket_lives_on(
    backend: Any, frame: str | bytes
) -> None:
    with backend.visitor().connected() as tab:
        tab.socket.send(frame)
        answer = tab.receive()
        assert (answer["type"], answer["payload"]["code"]) == ("error", "invalid_message")
        assert (answer["run_id"], answer["seq"]) == (None, 0)
        tab.ask()
        assert tab.receive_run()[-1]["type"] == "agent_completed"


def test_the_first_frame_is_connection_established_even_for_a_client_that_talks_first(backend: Any) -> None:
    with backend.visitor().open() as tab:
        tab.ask()
        first, *run = [tab.receive(), *tab.receive_run()]
    assert first["type"] == "connection_established"
    assert first["payload"]["connection_id"].startswith("con_")
    assert run[-1]["type"] == "agent_completed"


def test_a_frame_of_more_than_64_kib_closes_its_socket_and_no_other(backend: Any) -> None:
    with backend.visitor().connected() as bystander, backend.visitor().connected() as tab:
        tab.socket.send("x" * (64 * 1024 + 1))
        assert tab.closed().code == 1009
        bystander.ask()
        assert bystander.receive_run()[-1]["type"] == "agent_completed"
