"""One tenant's golden path: log in, take a ticket, open the socket, ask, watch, come back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from goldenpath.cli.demo.backend import BackendApi
from goldenpath.contracts import GOLDEN_PATH
from goldenpath.live import ConnectionRejected, WebSocketTestUtility

TERMINAL: Final = frozenset({"agent_completed", "agent_error"})
QUESTION: Final = "What did we spend, and on which model?"

Watch = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Tenant:
    """A tenant of the demo and the usage records it brings."""

    name: str
    usage: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Check:
    """Something the demo promises, and whether it held."""

    promise: str
    held: bool
    detail: str = ""


@dataclass
class Journey:
    """One tenant's way through the backend, recorded."""

    tenant: Tenant
    api: BackendApi
    frames: list[dict[str, Any]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    thread_id: str = ""

    async def walk(self, watch: Watch) -> None:
        """Walk the golden path once, telling `watch` each event as it arrives."""
        name = self.tenant.name
        account = (name, f"ada@{name}.example", secrets.token_urlsafe(16))
        self.api = await asyncio.to_thread(self.api.signed_in, *account)
        await asyncio.to_thread(self.api.post, "/api/usage", {"records": list(self.tenant.usage)})
        ticket = (await asyncio.to_thread(self.api.post, "/api/tickets", {}))["ticket"]
        utility = WebSocketTestUtility(self.api.url, contract=GOLDEN_PATH)
        async with utility.client(name, ticket=ticket) as client:
            await client.wait_for_event("connection_established")
            await client.send(
                {"type": "ask", "thread_id": None, "text": QUESTION, "client_message_id": secrets.token_hex(8)}
            )
            async for event in client.events_until(TERMINAL):
                watch(name, event)
            self.frames = client.received
            report = client.report()
        last = self.frames[-1]
        self.thread_id = last["thread_id"]
        whole = report.ok and last["type"] == "agent_completed"
        self.checks.append(Check("the five events arrived in order", whole, f"{last}\n{report.explain()}"))
        await self._come_back(last)
        await self._replay(utility, ticket)

    async def _come_back(self, last: dict[str, Any]) -> None:
        answer = await asyncio.to_thread(self.api.request, "GET", f"/api/threads/{self.thread_id}/messages")
        stored = [message["content"] for message in answer.body.get("messages", []) if message["role"] == "assistant"]
        streamed = (last["payload"].get("result") or {}).get("text")
        told = f"stored are {stored}, streamed was {streamed!r}"
        self.checks.append(Check("the answer is stored when the user comes back", stored == [streamed], told))

    async def _replay(self, utility: WebSocketTestUtility, ticket: str) -> None:
        try:
            async with utility.client(self.tenant.name, ticket=ticket):
                refused = "the replayed ticket opened a socket"
        except ConnectionRejected:
            refused = ""
        self.checks.append(Check("the ticket works once", not refused, refused))


async def walk_together(tenants: list[Tenant], url: str, watch: Watch) -> list[Journey]:
    """All tenants at the same time on one backend; then each looks for the others' data and must find none."""
    journeys = [Journey(tenant, BackendApi(url)) for tenant in tenants]
    async with asyncio.TaskGroup() as group:
        for journey in journeys:
            group.create_task(journey.walk(watch))
    for journey in journeys:
        journey.checks.append(await alone(journey, [other for other in journeys if other is not journey]))
    return journeys


async def alone(journey: Journey, others: list[Journey]) -> Check:
    """That nothing of the others reached this tenant: not over its socket, not by asking for their threads."""
    foreign = {other.thread_id for other in others} | {other.tenant.name for other in others}
    leaks = [frame["type"] for frame in journey.frames if any(mark in repr(frame) for mark in foreign)]
    for other in others:
        answer = await asyncio.to_thread(journey.api.request, "GET", f"/api/threads/{other.thread_id}/messages")
        if answer.status != 404:
            leaks.append(f"{other.tenant.name}'s thread answers {answer.status}")
    return Check("nothing of another tenant was seen", not leaks, ", ".join(leaks))
