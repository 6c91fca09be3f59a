from __future__ import annotations

from typing import Any

import httpx2
import pytest

CREDENTIALS = {"tenant": "Some Tenant", "email": "ada@example.test", "password": "correct horse"}
RECORD = {
    "occurred_at": "2026-11-01T10:00:00+01:00",
    "team": "search",
    "model": "large",
    "prompt_tokens": 1,
    "completion_tokens": 1,
    "latency_ms": 1,
    "cost": "0.1",
}


def test_the_service_lives_and_is_ready(backend: Any) -> None:
    assert httpx2.get(f"{backend.url}/healthz").json() == {"status": "ok"}
    assert httpx2.get(f"{backend.url}/readyz").json() == {
        "status": "ok",
        "postgres": "ok",
        "redis": "ok",
        "clickhouse": "off",
    }


def test_names_and_addresses_are_compared_without_case_and_edges(backend: Any) -> None:
    ada = backend.visitor()
    same = {"tenant": f"  {ada.tenant.upper()} ", "email": f" {ada.email.upper()}  ", "password": ada.password}
    assert ada.request("POST", "/api/login", same).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tenant": ""}, "tenant"),
        ({"tenant": "../etc"}, "tenant"),
        ({"tenant": "x" * 64}, "tenant"),
        ({"email": "nobody"}, "email"),
        ({"email": "a\x00@b"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": None}, "password"),
        ({"role": "admin"}, "role"),
    ],
)
def test_a_bad_field_is_named_and_its_value_not_repeated(backend: Any, change: dict[str, Any], field: str) -> None:
    answer = httpx2.post(f"{backend.url}/api/register", json=CREDENTIALS | change)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid_request"
    assert error["message"].startswith(f"{field}: ")
    assert not any(value and str(value) in error["message"] for value in change.values())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"tenant": "\\ud800"}'])
def test_a_body_that_is_no_object_is_refused(backend: Any, body: bytes) -> None:
    answer = httpx2.post(f"{backend.url}/api/login", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


def test_a_body_of_more_than_a_mebibyte_is_refused(backend: Any) -> None:
    ada = backend.visitor()
    large = {"records": [RECORD | {"error": "x" * 400}] * 3000}
    assert ada.request("POST", "/api/usage", large).status_code == 413
    assert ada.request("POST", "/api/tickets", {"padding": "x" * (1 << 20)}).status_code == 413


@pytest.mark.parametrize(
    "change",
    [
        {"cost": "-1"},
        {"cost": "NaN"},
        {"cost": "1e30"},
        {"cost": "0.0000000001"},
        {"prompt_tokens": -1},
        {"prompt_tokens": 1 << 62},
        {"occurred_at": "2026-11-01T10:00:00"},
        {"occurred_at": "yesterday"},
        {"model": " "},
        {"team": "a\x00b"},
        {"price": 1},
    ],
)
def test_one_bad_record_keeps_all_of_them_out(backend: Any, change: dict[str, Any]) -> None:
    ada = backend.visitor()
    answer = ada.request("POST", "/api/usage", {"records": [RECORD, RECORD | change]})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("records.1.")
    assert backend.query(
        "SELECT count(*) FROM usage_records JOIN tenants t ON t.id = tenant_id WHERE t.name = %s", ada.tenant
    ) == [(0,)]


def test_every_route_of_a_tenant_wants_a_token(backend: Any) -> None:
    routes = [
        ("POST", "/api/users"),
        ("POST", "/api/tickets"),
        ("POST", "/api/usage"),
        ("GET", "/api/threads"),
        ("GET", "/api/threads/thr_01a1fcae7e2477d6809bbd58925915d0/messages"),
    ]
    for authorization in ("", "Bearer", "Bearer nonsense", "Basic YTpi"):
        for method, path in routes:
            answer = httpx2.request(method, backend.url + path, headers={"Authorization": authorization})
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), path


def test_a_wrong_password_an_unknown_address_and_an_unknown_tenant_are_refused_alike(backend: Any) -> None:
    ada = backend.visitor()
    answers = [
        ada.request("POST", "/api/login", ada.credentials | change)
        for change in ({"password": "wrong horse"}, {"email": "b@example.test"}, {"tenant": "no such tenant"})
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
