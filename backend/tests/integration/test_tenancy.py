from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

UNKNOWN_THREAD = "thr_01a1fcae7e2477d6809bbd58925915d0"


def without_time(frame: dict[str, Any]) -> dict[str, Any]:
    payload = frame["payload"] | {"client_message_id": None}
    return frame | {"timestamp": None, "payload": payload}


def test_tenants_that_ask_at_the_same_time_see_only_their_own(backend: Any) -> None:
    costs = {f"model-{number}": f"{number}.000000000" for number in range(1, 5)}
    start = Barrier(len(costs))

    def journey(model: str, cost: str) -> list[dict[str, Any]]:
        with backend.visitor().spend(**{model: cost}).connected() as tab:
            start.wait()
            frames = []
            for _ in range(5):
                tab.ask()
                frames += tab.receive_run()
            return frames

    with ThreadPoolExecutor(len(costs)) as tenants:
        seen = list(tenants.map(journey, costs.keys(), costs.values()))
    for (model, cost), frames in zip(costs.items(), seen, strict=True):
        answers = [frame["payload"]["result"] for frame in frames if frame["type"] == "agent_completed"]
        assert [[(row["name"], row["cost"]) for row in answer["rows"]] for answer in answers] == [[(model, cost)]] * 5
        assert len({frame["run_id"] for frame in frames}) == 5
    threads = [{frame["thread_id"] for frame in frames} for frames in seen]
    assert len(set.union(*threads)) == sum(map(len, threads)) == 5 * len(costs)


def test_a_foreign_thread_is_answered_exactly_like_one_that_does_not_exist(backend: Any) -> None:
    ada, eve = backend.visitor(), backend.visitor()
    with ada.connected() as tab:
        tab.ask("A secret question")
        thread_id = tab.receive_run()[-1]["thread_id"]
    foreign = eve.request("GET", f"/api/threads/{thread_id}/messages")
    unknown = eve.request("GET", f"/api/threads/{UNKNOWN_THREAD}/messages")
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)
    assert foreign.status_code == 404
    for no_id in ("nothing", "%00", "run_01a1fcae7e2477d6809bbd58925915d0"):
        assert eve.request("GET", f"/api/threads/{no_id}/messages").content == unknown.content
    with eve.connected() as tab:
        answers = []
        for thread in (thread_id, UNKNOWN_THREAD, "not an id"):
            tab.ask(thread_id=thread)
            answers.append(without_time(tab.receive()))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["payload"]["code"] == "thread_not_found"
    assert len(ada.must("GET", f"/api/threads/{thread_id}/messages")["messages"]) == 2


def test_a_colleague_shares_the_records_but_not_the_conversations(backend: Any) -> None:
    ada = backend.visitor().spend(large="1.00")
    bob = ada.colleague("bob@example.test")
    with bob.connected() as watching, ada.connected() as asking:
        asking.ask("A question of Ada's")
        thread_id = asking.receive_run()[-1]["thread_id"]
        watching.ask("A question of Bob's")
        frames = watching.receive_run()
        watching.ask("May I join?", thread_id)
        assert watching.receive()["payload"]["code"] == "thread_not_found"
    assert frames[0]["payload"]["task"] == "A question of Bob's"
    assert frames[-1]["payload"]["result"]["cost"] == "1.000000000"
    assert bob.request("GET", f"/api/threads/{thread_id}/messages").status_code == 404
    assert thread_id not in str(bob.must("GET", "/api/threads"))


def test_a_message_id_is_told_apart_by_its_user(backend: Any) -> None:
    ada, eve = backend.visitor(), backend.visitor()
    threads = set()
    for visitor in (ada, eve, ada.colleague("bob@example.test")):
        with visitor.connected() as tab:
            for _ in range(2):
                tab.ask(message_id="the same")
                threads.add((visitor.email, visitor.tenant, tab.receive_run()[-1]["thread_id"]))
    assert len(threads) == len({thread for *_, thread in threads}) == 3


def test_a_stranger_cannot_join_a_tenant_by_registering_under_its_name(backend: Any) -> None:
    ada = backend.visitor()
    stranger = {"tenant": ada.tenant.upper(), "email": "eve@example.test", "password": "let me in please"}
    assert ada.request("POST", "/api/register", stranger).status_code == 409
    assert ada.request("POST", "/api/login", stranger).status_code == 401
    assert backend.query("SELECT count(*) FROM users WHERE email = 'eve@example.test'") == [(0,)]


def test_the_same_address_may_exist_in_two_tenants_with_two_passwords(backend: Any) -> None:
    ada, eve = backend.visitor(), backend.visitor()
    assert ada.email == eve.email
    bob = ada.colleague("bob@example.test")
    assert bob.request("POST", "/api/login", bob.credentials | {"tenant": eve.tenant}).status_code == 401
    assert ada.request("POST", "/api/users", {"email": bob.email, "password": "another one"}).status_code == 409
