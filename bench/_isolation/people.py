"""Tenants and their users, marked wherever they can write something, and how they talk to the backend."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx2

from _isolation.watch import Viewer, Watch
from goldenpath.tenancy import Canary

PATIENCE = 60.0
UNKNOWN = "01a1fcae7e2477d6809bbd58925915d0"
"""The second half of ids that nothing has."""


@dataclass(eq=False)
class Person:
    """A user: his own marks, those of his tenant, and his session."""

    name: str
    tenant: Canary
    canary: Canary
    viewer: Viewer
    token: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    """What he has by name: a thread, a run, an import, a ticket."""

    @property
    def account(self) -> dict[str, str]:
        return {
            "tenant": self.tenant.token("name"),
            "email": self.canary.email("email"),
            "password": self.canary.token("password"),
        }

    def question(self, number: int) -> str:
        """A question with a mark in it; which, changes from time to time."""
        return f"What did {self.canary.token(f'question {number % 4}')} cost us? Cut our cost by 20 %"


class Api:
    """Requests whose every answer the watch looks at, with the eyes of who asked."""

    def __init__(self, watch: Watch, urls: list[str]) -> None:
        self.watch = watch
        self.urls = urls
        self._http = httpx2.AsyncClient(timeout=PATIENCE, limits=httpx2.Limits(max_keepalive_connections=0))

    async def close(self) -> None:
        await self._http.aclose()

    async def send(
        self,
        person: Person | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        instance: int = 0,
        viewer: Viewer | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Ask as this person; the answer is looked at with his eyes, or with those named."""
        sent = {"Authorization": f"Bearer {person.token}"} if person and person.token else {}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = await self._http.request(
            method, self.urls[instance] + path, content=content, headers={**sent, **(headers or {})}
        )
        seen = viewer or (person.viewer if person else None)
        assert seen is not None
        told = b"\n".join(f"{name}: {value}".encode() for name, value in answer.headers.items())
        self.watch.look("answers", told + b"\n\n" + answer.content, seen)
        return answer

    async def must(self, person: Person, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The answer to what is his right."""
        answer = await self.send(person, method, path, body, **options)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None


async def populate(api: Api, people: list[Person], tenants: int, users: int) -> None:
    """Fill in so many tenants of so many users, each with usage records that bear the tenant's marks."""
    for number in range(tenants):
        tenant = api.watch.add(Canary(f"tenant {number}"))
        founder: Person | None = None
        for user in range(users):
            name = f"tenant {number} user {user}"
            canary = api.watch.add(Canary(name))
            person = Person(name, tenant, canary, Viewer(name, frozenset({tenant.tenant, name})))
            if founder is None:
                founder = person
                await api.must(person, "POST", "/api/register", person.account)
            else:
                account = {name: person.account[name] for name in ("email", "password")}
                made = await api.must(founder, "POST", "/api/users", account)
                founder.viewer.said.add(made["user_id"])
            await log_in(api, person)
            people.append(person)
        assert founder is not None
        await api.must(founder, "POST", "/api/usage", {"records": records(tenant)})


async def log_in(api: Api, person: Person) -> None:
    session = await api.must(person, "POST", "/api/login", person.account)
    person.token = session["access_token"]
    me = await api.must(person, "GET", "/api/me")
    person.ids = {name: me[name] for name in ("tenant_id", "user_id", "session_id")}


def records(tenant: Canary) -> list[dict[str, Any]]:
    """A fortnight's calls of two models whose names are the tenant's."""
    return [
        {
            "occurred_at": f"2026-11-{day:02}T10:00:00Z",
            "team": tenant.token("team"),
            "model": tenant.token(model),
            "prompt_tokens": 900,
            "completion_tokens": 90,
            "latency_ms": 400,
            "cost": cost,
        }
        for day in range(1, 8)
        for model, cost in (("large", "0.30"), ("small", "0.10"))
    ]
