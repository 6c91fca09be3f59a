"""The matrix over HTTP: for each route, what a person does there, and what somebody else tries with it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx2

from _isolation.people import UNKNOWN, Api, Person, log_in, records
from _isolation.watch import Viewer, nobody
from goldenpath.tenancy import Canary

Cell = Callable[[Api, Person, Person], Awaitable[None]]
"""Given the API, somebody, and somebody else who has made all that there is to make."""

CELLS: Final[dict[str, Cell]] = {}
STRANGER: Final = nobody("a stranger", ids_matter=True)
EVERYBODY: Final = nobody("whoever scrapes the service", ids_matter=True)


def cell(*routes: str) -> Callable[[Cell], Cell]:
    """What is tried at these routes."""

    def named(tried: Cell) -> Cell:
        CELLS.update(dict.fromkeys(routes, tried))
        return tried

    return named


def refused(api: Api, route: str, answer: httpx2.Response, unknown: httpx2.Response) -> None:
    """What is another's must be answered as what does not exist is."""
    if answer.status_code < 400:
        api.watch.find(f"{route}: let in with what is another's")
    elif (answer.status_code, answer.content) != (unknown.status_code, unknown.content):
        api.watch.find(f"{route}: what is another's is told apart from what does not exist")


@cell("GET /", "GET /page/{name}", "GET /healthz", "GET /readyz", "GET /metrics")
async def public(api: Api, me: Person, other: Person) -> None:
    """Nobody's data belongs here."""
    for path in ("/", "/page/main.js", "/healthz", "/readyz", "/metrics"):
        for instance in range(len(api.urls)):
            await api.send(me, "GET", path, viewer=EVERYBODY, instance=instance)


@cell("POST /api/register")
async def register(api: Api, me: Person, other: Person) -> None:
    """The name of a tenant is taken; who is in it is not told."""
    mine = me.account | {"tenant": other.tenant.token("name")}
    answer = await api.send(None, "POST", "/api/register", mine, viewer=me.viewer)
    if answer.status_code != 409:
        api.watch.find("POST /api/register: a name was given away twice")


@cell("POST /api/login")
async def login(api: Api, me: Person, other: Person) -> None:
    """One's own password opens nothing of another's, and a wrong one says as much as an unknown address."""
    theirs = other.account | {"password": me.account["password"]}
    unknown = theirs | {"email": "nobody@canary.example"}
    answers = [await api.send(None, "POST", "/api/login", body, viewer=STRANGER) for body in (theirs, unknown)]
    refused(api, "POST /api/login", *answers)


@cell("POST /api/refresh", "POST /api/logout")
async def sessions(api: Api, me: Person, other: Person) -> None:
    """A session is continued and ended; nobody else's ends with it."""
    pair = await api.must(me, "POST", "/api/login", me.account)
    again = await api.must(me, "POST", "/api/refresh", {"refresh_token": pair["refresh_token"]})
    gone = Person(me.name, me.tenant, me.canary, me.viewer, token=again["access_token"])
    await api.must(gone, "POST", "/api/logout")
    if (await api.send(other, "GET", "/api/me")).status_code != 200:
        api.watch.find("POST /api/logout: it ended somebody else's session")


@cell("GET /api/me")
async def whoami(api: Api, me: Person, other: Person) -> None:
    """Both at both instances, one after the other."""
    for person in (me, other, me):
        for instance in range(len(api.urls)):
            told = await api.must(person, "GET", "/api/me", instance=instance)
            if told["user_id"] != person.ids["user_id"]:
                api.watch.find("GET /api/me: somebody was taken for somebody else")


@cell("POST /api/users")
async def colleagues(api: Api, me: Person, other: Person) -> None:
    """A colleague comes into one's own tenant, whatever tenant is named beside the address."""
    account = {"email": me.canary.email("colleague"), "password": me.account["password"]}
    if (await api.send(me, "POST", "/api/users", account | {"tenant_id": other.ids["tenant_id"]})).status_code < 400:
        api.watch.find("POST /api/users: a tenant of the body's choice")
    await api.send(me, "POST", "/api/users", account)


@cell("POST /api/tickets", "GET /api/tickets/status", "DELETE /api/tickets")
async def tickets(api: Api, me: Person, other: Person) -> None:
    """Somebody else's ticket does not exist, and goes on working."""
    theirs = (await api.must(other, "POST", "/api/tickets"))["ticket"]
    for method, path in (("GET", "/api/tickets/status"), ("DELETE", "/api/tickets")):
        answers = [await api.send(me, method, path, headers={"X-Ticket": text}) for text in (theirs, "0" * 43)]
        refused(api, f"{method} {path}", *answers)
    if (await api.send(other, "DELETE", "/api/tickets", headers={"X-Ticket": theirs})).status_code != 204:
        api.watch.find("DELETE /api/tickets: somebody else's ticket was revoked")


@cell("POST /api/usage")
async def usage(api: Api, me: Person, other: Person) -> None:
    """Records say nothing of whose they are; a field that would is refused."""
    strange = records(me.tenant)[0] | {"tenant_id": other.ids["tenant_id"]}
    if (await api.send(me, "POST", "/api/usage", {"records": [strange]})).status_code < 400:
        api.watch.find("POST /api/usage: a tenant of the body's choice")
    await api.must(me, "POST", "/api/usage", {"records": records(me.tenant)[:1]})


@cell("POST /api/usage/imports", "GET /api/usage/imports/{import_id}")
async def imports(api: Api, me: Person, other: Person) -> None:
    """Nobody of another tenant sees how far an import is."""
    head = "occurred_at,team,model,prompt_tokens,completion_tokens,latency_ms,cost\n"
    line = f"2026-11-01T10:00:00Z,{other.tenant.token('team')},{other.tenant.token('large')},1,1,1,0.1\n"
    theirs = secrets.token_hex(16)
    await api.must(other, "POST", f"/api/usage/imports?id={theirs}", (head + line + "broken\n").encode())
    if me.tenant is other.tenant:
        return
    paths = (f"/api/usage/imports/{theirs}", f"/api/usage/imports/{UNKNOWN}")
    refused(api, "GET /api/usage/imports/{import_id}", *[await api.send(me, "GET", path) for path in paths])


@cell("GET /api/operator")
async def operator(api: Api, me: Person, other: Person) -> None:
    """Nobody who registered may look."""
    if (await api.send(me, "GET", "/api/operator")).status_code != 403:
        api.watch.find("GET /api/operator: open to everybody")


@cell("GET /api/analytics/cost", "GET /api/analytics/work")
async def analytics(api: Api, me: Person, other: Person) -> None:
    """Whatever ClickHouse has, each sees his own."""
    for person in (me, other):
        for path in ("/api/analytics/cost?by=model&days=366", "/api/analytics/cost?by=team", "/api/analytics/work"):
            await api.send(person, "GET", path)


@cell("GET /api/threads", "GET /api/threads/{thread_id}/messages")
async def threads(api: Api, me: Person, other: Person) -> None:
    """A thread of another's does not exist, be he a colleague or not."""
    route, theirs = "GET /api/threads/{thread_id}/messages", other.made["thread"]
    for instance in range(len(api.urls)):
        await api.must(me, "GET", "/api/threads", instance=instance)
        paths = [f"/api/threads/{each}/messages" for each in (theirs, f"thr_{UNKNOWN}")]
        refused(api, route, *[await api.send(me, "GET", path, instance=instance) for path in paths])
        await api.must(other, "GET", paths[0], instance=instance)


async def as_operator(api: Api, tenant: Canary, promote: Callable[[str], Any]) -> None:
    """An operator sees ids of all tenants, as he should, and nothing that anybody wrote."""
    eyes = Viewer("an operator", frozenset({tenant.tenant}), ids_matter=False)
    person = Person("an operator", tenant, tenant, eyes)
    await api.must(person, "POST", "/api/register", person.account)
    await log_in(api, person)
    promote(person.ids["user_id"])
    await log_in(api, person)
    for instance in range(len(api.urls)):
        await api.must(person, "GET", "/api/operator", instance=instance)
