from __future__ import annotations

from typing import Any


def operator(backend: Any) -> Any:
    """Someone whom the owner of the database has made an operator."""
    visitor = backend.visitor()
    backend.execute(
        f"UPDATE users SET role = 'operator' WHERE tenant_id = (SELECT id FROM tenants WHERE name = '{visitor.tenant}')"
    )
    return visitor.log_in()


def test_an_operator_sees_what_this_instance_works_on_and_nothing_that_was_written(backend: Any) -> None:
    visitor = backend.visitor().spend(large="1.00")
    with visitor.connected() as tab:
        tab.ask("A secret question of mine")
        run_id = tab.receive_run()[-1]["run_id"]
        told = operator(backend).must("GET", "/api/operator")
    assert told["sockets"]["sockets"] >= 1
    states = {store["store"]: store["state"] for store in told["stores"]}
    assert (states["PostgreSQL"], states["Redis"]) == ("ok", "ok")
    [run] = [run for run in told["runs"]["latest"] if run["run"] == run_id]
    assert (run["state"], run["error"]) == ("completed", None)
    assert told["failures"] == []
    assert not any(secret in str(told) for secret in ("secret question", visitor.tenant, visitor.email, "large"))


def test_whoever_founded_a_tenant_is_no_operator(backend: Any) -> None:
    visitor = backend.visitor()
    assert visitor.request("GET", "/api/operator").status_code == 403
    visitor.token = ""
    assert visitor.request("GET", "/api/operator").status_code == 401
