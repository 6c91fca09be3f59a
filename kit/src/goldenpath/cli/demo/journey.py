"""One tenant's golden path: log in, load records, take a ticket, open the socket, ask, watch, come back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from goldenpath.cli.demo.backend import BackendApi
from goldenpath.contracts import GOLDEN_PATH
from goldenpath.live import ConnectionRejected, WebSocketTestUtility

TERMINAL: Final = frozenset({"agent_completed", "agent_error"})
QUESTIONS: Final = (
    "What did we spend, and on which model?",
    "Cut our cost by 20 % without hurting latency",
    "How much could each team save?",
)

Watch = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Tenant:
    """A tenant of the demo and the usage records it brings."""

    name: str
    usage: bytes = field(repr=False)


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
    answers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    thread_id: str = ""

    async def walk(self, watch: Watch) -> None:
        """Walk the golden path once, telling `watch` each event as it arrives."""
        name = self.tenant.name
        account = (name, f"ada@{name}.example", secrets.token_urlsafe(16))
        self.api = await asyncio.to_thread(self.api.signed_in, *account)
        loaded = await asyncio.to_thread(self.api.load, "/api/usage/imports", self.tenant.usage)
        whole = loaded.get("stored") == self.tenant.usage.count(b"\n") - 1
        self.checks.append(Check("every record was stored", whole, repr(loaded)))
        ticket = (await asyncio.to_thread(self.api.post, "/api/tickets", {}))["ticket"]
        utility = WebSocketTestUtility(self.api.url, contract=GOLDEN_PATH)
        async with utility.client(name, ticket=ticket) as client:
            await client.wait_for_event("connection_established")
            for question in QUESTIONS:
                message = {"type": "ask", "text": question, "client_message_id": secrets.token_hex(8)}
                await client.send({**message, "thread_id": self.thread_id or None})
                async for event in client.events_until(TERMINAL):
                    watch(name, event)
                last = client.received[-1]
                self.thread_id = last["thread_id"]
                self.answers.append((question, last["payload"].get("result") or {}))
            self.frames = client.received
            report = client.report()
        ends = [frame["type"] for frame in self.frames if frame["type"] in TERMINAL]
        whole = report.ok and ends == ["agent_completed"] * len(QUESTIONS)
        self.checks.append(Check("the five events arrived in order", whole, f"{self.frames[-1]}\n{report.explain()}"))
        self.checks.append(Check("the savings add up to the cent", *self._added_up()))
        await self._come_back()
        await self._replay(utility, ticket)

    def _added_up(self) -> tuple[bool, str]:
        """Whether the rows of each table of savings are together what its chart shows."""
        sums = [
            (rows, bars)
            for _, result in self.answers
            if (rows := saved(result)) is not None
            for bars in [drawn(result)]
        ]
        return bool(sums) and all(rows == bars for rows, bars in sums), f"tables and charts: {sums}"

    async def _come_back(self) -> None:
        answer = await asyncio.to_thread(self.api.request, "GET", f"/api/threads/{self.thread_id}/messages")
        stored = [message["content"] for message in answer.body.get("messages", []) if message["role"] == "assistant"]
        streamed = [result.get("text") for _, result in self.answers]
        told = f"stored are {stored}, streamed were {streamed}"
        self.checks.append(Check("the answers are stored when the user comes back", stored == streamed, told))

    async def _replay(self, utility: WebSocketTestUtility, ticket: str) -> None:
        try:
            async with utility.client(self.tenant.name, ticket=ticket):
                refused = "the replayed ticket opened a socket"
        except ConnectionRejected:
            refused = ""
        self.checks.append(Check("the ticket works once", not refused, refused))


def saved(result: dict[str, Any]) -> Decimal | None:
    """What the table of savings adds up to, where there is one."""
    for table in result.get("tables", ()):
        if table["title"] == "Savings":
            column = [each["name"] for each in table["columns"]].index("saving")
            return sum((Decimal(row[column]) for row in table["rows"]), Decimal(0))
    return None


def drawn(result: dict[str, Any]) -> Decimal:
    """What the bars of the chart add up to."""
    return sum((Decimal(bar["value"]) for bar in (result.get("chart") or {}).get("bars", ())), Decimal(0))


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
