"""Who speaks is what the ticket says: nothing in a message or a body can make it somebody else."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("claim", ["user_id", "tenant_id", "principal"])
def test_a_question_in_anothers_name_is_refused_and_asked_for_nobody(backend: Any, claim: str) -> None:
    ada = backend.visitor()
    bob = ada.colleague("bob@example.test")
    victim = bob.must("GET", "/api/me")
    with ada.connected() as tab:
        named = victim.get(claim, victim["user_id"])
        tab.say(type="ask", text="What do we spend?", client_message_id="in anothers name", **{claim: named})
        refused = tab.receive()
        assert (refused["type"], refused["payload"]["code"]) == ("error", "invalid_message")
        assert named not in str(refused)
        tab.ask()
        assert tab.receive_run()[-1]["type"] == "agent_completed"
    assert bob.must("GET", "/api/threads")["threads"] == []
    assert backend.query("SELECT count(*) FROM runs WHERE user_id = %s", victim["user_id"]) == [(0,)]
