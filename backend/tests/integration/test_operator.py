from __future__ import annotations

from collections.abc import Callable
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


def test_an_operator_sees_every_instance_wherever_he_asks_and_one_that_has_stopped_no_more(
    start_backend: Callable[..., Any],
) -> None:
    one = start_backend()
    other = start_backend(beside=one)
    boss = operator(one)
    visitor = other.visitor().spend(large="1.00")
    with visitor.connected() as tab:
        tab.ask()
        run_id = tab.receive_run()[-1]["run_id"]

        def told(backend: Any) -> Any:
            return boss.at(backend).must("GET", "/api/operator")

        def run_and_socket_are_told(backend: Any) -> bool:
            shown = told(backend)
            [run] = [run for run in shown["runs"]["latest"] if run["run"] == run_id] or [{}]
            known = {each["instance"] for each in shown["instances"]}
            return run.get("state") == "completed" and run["instance"] in known and shown["sockets"]["sockets"] == 1

        for backend in (one, other):
            while not run_and_socket_are_told(backend):
                pass
        instances = {each["instance"] for each in told(one)["instances"]}
        assert instances == {each["instance"] for each in told(other)["instances"]}
        assert instances == {told(one)["instance"], told(other)["instance"]}
    other.process.terminate()
    assert other.process.wait(60) == 0
    assert [each["instance"] for each in told(one)["instances"]] == [told(one)["instance"]]


def test_the_role_of_the_service_cannot_read_what_instances_told_but_by_asking_for_it(backend: Any) -> None:
    rights = "SELECT has_table_privilege('agent_backend_app', 'instances', 'SELECT, INSERT, UPDATE, DELETE')"
    assert backend.query(rights) == [(False,)]
