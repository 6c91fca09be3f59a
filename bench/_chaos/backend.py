"""The reference backend as the storm finds it: its users, its way of speaking, its log."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
from websockets.asyncio.client import ClientConnection

from _chaos.clients import PATIENCE, Elsewhere, Heard, Refused, opened
from _chaos.fleet import Instance
from _chaos.ledger import LoggedRun, Story
from agent_backend.storage import migrate

PACE = "0.25"
COMMAND = (str(Path(__file__).with_name("instance.py")), PACE)
TIMEOUT = 60
"""Seconds that a run may take from its first claim."""
BOUND = TIMEOUT + 120.0
"""Seconds from a question to its last event: a run's time, and what it takes to find an instance that lives."""
SETTINGS = {
    "AGENT_BACKEND_SECRET_KEY": secrets.token_urlsafe(48),
    "AGENT_BACKEND_ACCESS_TOKEN_SECONDS": "3600",
    "AGENT_BACKEND_AGENTS_TIMEOUT_SECONDS": str(TIMEOUT),
}
QUESTION = "Cut our cost by 20 %"
PASSWORD = "correct horse"
_OPERATOR = "UPDATE users SET role = 'operator' WHERE email = 'operator@example.test'"
_HELD = "SELECT id, last_seq FROM runs WHERE owner = %s AND state = 'running'"
_RUNS = "SELECT id, user_id, client_message_id, state FROM runs"
_EVENTS = "SELECT run_id, seq, type, payload FROM run_events ORDER BY run_id, seq"


@dataclass(frozen=True)
class Takeover:
    """A run that its instance left behind when it was killed."""

    killed_at: float
    run_id: str
    last_seq: int


@dataclass
class Backend:
    """Implements `Dialect`, and knows which run was whose when an instance died."""

    database_url: str
    tokens: dict[str, str] = field(default_factory=dict)
    left_behind: list[Takeover] = field(default_factory=list)
    _operator: str = ""
    _owners: dict[int, str] = field(default_factory=dict)
    _http: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(timeout=PATIENCE, limits=httpx2.Limits(max_keepalive_connections=0))
    )

    def prepare(self) -> None:
        migrate(self.database_url)

    async def populate(self, url: str, tenants: int, users: int) -> list[str]:
        """Tenants with users and usage records, and an operator; the ids of the users."""
        for number in range(tenants):
            founder = {"tenant": f"tenant-{number}", "email": "user-0@example.test", "password": PASSWORD}
            await self._must("POST", f"{url}/api/register", founder)
            token = (await self._must("POST", f"{url}/api/login", founder))["access_token"]
            await self._must("POST", f"{url}/api/usage", {"records": _RECORDS}, token)
            for colleague in range(1, users):
                account = {"email": f"user-{colleague}@example.test", "password": PASSWORD}
                await self._must("POST", f"{url}/api/users", account, token)
            for user in range(users):
                session = await self._must("POST", f"{url}/api/login", founder | {"email": f"user-{user}@example.test"})
                me = await self._must("GET", f"{url}/api/me", None, session["access_token"])
                self.tokens[me["user_id"]] = session["access_token"]
        operator = {"tenant": "operators", "email": "operator@example.test", "password": PASSWORD}
        await self._must("POST", f"{url}/api/register", operator)
        await asyncio.to_thread(self._execute, _OPERATOR)
        self._operator = (await self._must("POST", f"{url}/api/login", operator))["access_token"]
        return list(self.tokens)

    async def started(self, instance: Instance) -> None:
        """Learn the name under which a process claims runs."""
        self._owners.pop(instance.number, None)
        try:
            if self._operator:
                told = await self._must("GET", f"{instance.url}/api/operator", None, self._operator)
                self._owners[instance.number] = told["instance"]
        except httpx2.HTTPError:
            """It is too busy to say; nothing is known then of how soon its runs are taken over."""

    async def killed(self, instance: Instance) -> None:
        """Note what its process had in hand."""
        now = asyncio.get_running_loop().time()
        owner = self._owners.get(instance.number, "")
        for run_id, last_seq in await asyncio.to_thread(self._query, _HELD, owner):
            self.left_behind.append(Takeover(now, run_id, last_seq))

    async def enter(self, instance: Instance, user: str) -> ClientConnection:
        answer = await self._http.post(
            f"{instance.url}/api/tickets", headers={"Authorization": f"Bearer {self.tokens[user]}"}
        )
        if answer.status_code != 201:
            raise Elsewhere(answer.text)
        socket = await opened(f"ws://{urlsplit(instance.url).netloc}/ws?ticket={answer.json()['ticket']}")
        if json.loads(await socket.recv())["type"] != "connection_established":
            raise Refused("the first frame was no greeting")
        return socket

    async def open(self, socket: ClientConnection, story: Story) -> None:
        if story.run_id is not None:
            message = {"type": "resume", "run": story.run_id, "epoch": 1, "after": story.position}
        else:
            message = {"type": "ask", "thread_id": None, "text": QUESTION, "client_message_id": story.message_id}
        await socket.send(json.dumps(message))

    def hear(self, frame: str) -> Heard | None:
        event = json.loads(frame)
        if event["type"] == "error":
            if not event["payload"]["retryable"]:
                raise Refused(frame)
            raise Elsewhere(frame)
        return Heard(event["type"], event["run_id"], event["seq"], event["payload"])

    def log(self) -> list[LoggedRun]:
        """Every run that there is."""
        events: dict[str, dict[int, tuple[str, Any]]] = {}
        for run_id, seq, kind, payload in self._query(_EVENTS):
            events.setdefault(run_id, {})[seq] = kind, payload
        return [
            LoggedRun(run_id, user, message, state not in {"queued", "running"}, events.get(run_id, {}))
            for run_id, user, message, state in self._query(_RUNS)
        ]

    def claims(self) -> int:
        """How many times a run changed hands."""
        [(claims,)] = self._query("SELECT coalesce(sum(fence - 1), 0) FROM runs")
        return int(claims)

    async def close(self) -> None:
        await self._http.aclose()

    async def _must(self, method: str, url: str, body: object, token: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self._http.request(method, url, json=body, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def _query(self, statement: Any, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement, values).fetchall()

    def _execute(self, statement: Any) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(statement)


_RECORDS = [
    {
        "occurred_at": f"2026-11-{day:02}T10:00:00Z",
        "team": "search",
        "model": model,
        "prompt_tokens": 900,
        "completion_tokens": 90,
        "latency_ms": 400,
        "cost": cost,
    }
    for day in range(1, 8)
    for model, cost in (("large", "0.30"), ("small", "0.10"))
]
