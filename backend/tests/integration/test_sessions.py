from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus


def log_in(visitor: Any) -> dict[str, Any]:
    return visitor.must("POST", "/api/login", visitor.credentials)


def refreshed(visitor: Any, token: str) -> Any:
    return visitor.request("POST", "/api/refresh", {"refresh_token": token})


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_session_goes_from_login_over_refresh_to_logout(backend: Any) -> None:
    visitor = backend.visitor()
    tokens = log_in(visitor)
    assert tokens["token_type"] == "bearer"
    assert 840 < tokens["expires_in"] <= 900
    assert 30 * 86_400 - 60 < tokens["refresh_expires_in"] <= 30 * 86_400
    renewed = visitor.must("POST", "/api/refresh", {"refresh_token": tokens["refresh_token"]})
    visitor.token = renewed["access_token"]
    me = visitor.must("GET", "/api/me")
    assert me["permissions"] == ["chat", "usage:read", "usage:write", "users:manage"]
    assert visitor.request("POST", "/api/logout").status_code == 204
    assert code(visitor.request("GET", "/api/me")) == (401, "token_refused")
    again = visitor.request("POST", "/api/refresh", {"refresh_token": renewed["refresh_token"]})
    assert code(again) == (401, "token_refused")


def test_a_logout_ends_the_tokens_and_the_tickets_of_its_session_and_of_no_other(backend: Any) -> None:
    here = backend.visitor()
    ticket, other = here.ticket(), log_in(here)["access_token"]
    here.must("GET", "/api/threads")
    assert here.request("POST", "/api/logout", {"everywhere": False}).status_code == 204
    with pytest.raises(InvalidStatus) as refused, here.open(ticket):
        pass
    assert refused.value.response.status_code == 403
    for path in ("/api/threads", "/api/me"):
        assert here.request("GET", path).status_code == 401
    here.token = other
    here.must("GET", "/api/threads")


def test_a_logout_everywhere_ends_every_session_of_the_user(backend: Any) -> None:
    visitor = backend.visitor()
    colleague = visitor.colleague("bob@example.test")
    tokens = [visitor.token, *(log_in(visitor)["access_token"] for _ in range(2))]
    assert visitor.request("POST", "/api/logout", {"everywhere": True}).status_code == 204
    for visitor.token in tokens:
        assert visitor.request("GET", "/api/me").status_code == 401
    colleague.must("GET", "/api/me")


def test_twenty_tabs_that_refresh_with_one_token_at_once_share_the_next_and_a_replay_after_that_ends_the_session(
    backend: Any,
) -> None:
    visitor = backend.visitor()
    token = log_in(visitor)["refresh_token"]
    start = Barrier(20)

    def race(_: int) -> Any:
        start.wait()
        return visitor.request("POST", "/api/refresh", {"refresh_token": token})

    with ThreadPoolExecutor(20) as racers:
        answers = list(racers.map(race, range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    for visitor.token in [answer.json()["access_token"] for answer in answers]:
        visitor.must("GET", "/api/me")
    user = visitor.must("GET", "/api/me")["user_id"]
    backend.execute(f"UPDATE sessions SET refreshed_at = refreshed_at - interval '1 minute' WHERE user_id = '{user}'")
    assert code(refreshed(visitor, token)) == (401, "token_refused")
    assert visitor.request("GET", "/api/me").status_code == 401
    next_one = answers[0].json()["refresh_token"]
    assert code(refreshed(visitor, next_one)) == (401, "token_refused")


def test_only_who_manages_users_can_add_a_colleague(backend: Any) -> None:
    founder = backend.visitor()
    member = founder.colleague("bob@example.test")
    assert member.must("GET", "/api/me")["permissions"] == ["chat", "usage:read", "usage:write"]
    refused = member.request("POST", "/api/users", {"email": "c@example.test", "password": "correct horse"})
    assert code(refused) == (403, "not_permitted")


def test_a_refresh_token_is_no_access_token(backend: Any) -> None:
    visitor = backend.visitor()
    tokens = log_in(visitor)
    visitor.token = tokens["refresh_token"]
    assert visitor.request("GET", "/api/me").status_code == 401
    wrong = visitor.request("POST", "/api/refresh", {"refresh_token": tokens["access_token"]})
    assert code(wrong) == (401, "token_refused")


def test_sessions_keep_no_token(backend: Any) -> None:
    tokens = log_in(backend.visitor())
    kept = str(backend.query("SELECT * FROM sessions"))
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert token not in kept
