"""One tenant's golden path: log in, load records, take a ticket, open the socket, ask, watch, come back."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

from goldenpath.cli.demo.backend import BackendApi
from goldenpath.cli.demo.check import Check
from goldenpath.cli.demo.usage import Tenant
from goldenpath.contracts import GOLDEN_PATH
from goldenpath.live import ConnectionEnded, ConnectionRejected, RunCursors, WebSocketTestClient, WebSocketTestUtility

TERMINAL: Final = frozenset({"agent_completed", "agent_error"})
FORGOTTEN: Final = "reset"
"""What a client is told that resumes a run nobody can go on with."""
QUESTIONS: Final = ("What did we spend, and on which model?", "Cut our cost by 20 % without hurting latency")
LAST_QUESTION: Final = "How much could each team save?"
"""The one in the middle of which the instance dies."""
PATIENCE: Final = 60.0
"""Seconds that only bound a hang."""

Watch = Callable[[str, dict[str, Any]], None]


class Moment(NamedTuple):
    """An event of a run, and when it arrived."""

    at: float
    event: dict[str, Any]


@dataclass
class Journey:
    """One tenant's way through the backend, recorded."""

    tenant: Tenant
    api: BackendApi
    moments: list[Moment] = field(default_factory=list)
    answers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    thread_id: str = ""
    ticket: str = ""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    _client: WebSocketTestClient | None = None

    @property
    def email(self) -> str:
        """Who logs in."""
        return f"ada@{self.tenant.name}.example"

    @property
    def client(self) -> WebSocketTestClient:
        """The socket's end; there is one from `enter` on."""
        assert self._client is not None
        return self._client

    @property
    def frames(self) -> list[dict[str, Any]]:
        """All that arrived, over all sockets."""
        return self.client.received

    def promise(self, promise: str, held: bool, detail: str = "") -> None:
        """Note whether a promise to this tenant held."""
        self.checks.append(Check(promise, held, detail, self.tenant.name))

    async def enter(self) -> None:
        """Register, log in, load the records and open the socket."""
        self.api = await asyncio.to_thread(self.api.signed_in, self.tenant.name, self.email, self.password)
        loaded = await asyncio.to_thread(self.api.load, "/api/usage/imports", self.tenant.usage)
        self.promise("every record was stored", loaded.get("stored") == self.tenant.records, repr(loaded))
        utility = WebSocketTestUtility(self.api.url, contract=GOLDEN_PATH, resume=RunCursors, timeout=PATIENCE)
        self._client = await utility.connected_client(self.tenant.name, ticket=self._fresh_ticket)
        await self.client.wait_for_event("connection_established")

    async def ask(self, question: str) -> None:
        """Send a question; what comes is read by the others."""
        message = {"type": "ask", "text": question, "client_message_id": secrets.token_hex(8)}
        await self.client.send({**message, "thread_id": self.thread_id or None})

    async def ask_all(self, watch: Watch) -> None:
        """Ask one question after the other, each to its end."""
        for question in QUESTIONS:
            await self.ask(question)
            await self.see_the_end(question, watch)

    async def ask_last(self, watch: Watch) -> None:
        """Ask, and return when the run has begun."""
        await self.ask(LAST_QUESTION)
        self._see(await self.client.wait_for_event("agent_started"), watch)

    async def lost(self, watch: Watch) -> bool:
        """Read until the socket breaks; whether it broke before the run had ended."""
        try:
            while True:
                event = await self.client.receive()
                self._see(event, watch)
                if event["type"] in TERMINAL:
                    self._answered(LAST_QUESTION, event)
        except ConnectionEnded:
            return self.moments[-1].event["type"] not in TERMINAL

    async def come_over(self, url: str) -> None:
        """Come back on another instance, and ask for what was missed."""
        self.api = replace(self.api, url=url)
        await self.client.reconnect(to=url)

    async def see_the_end(self, question: str, watch: Watch) -> bool:
        """Read the run to its end and keep the answer; False when the server does not know the run any more."""
        async for event in self.client.events_until({*TERMINAL, FORGOTTEN}):
            self._see(event, watch)
        if event["type"] == FORGOTTEN:
            return False
        self._answered(question, event)
        return True

    async def leave(self) -> None:
        """Close the socket, and judge all of it."""
        await self.client.close()
        report = self.client.report()
        ends = [moment.event["type"] for moment in self.moments if moment.event["type"] in TERMINAL]
        whole = report.ok and ends == ["agent_completed"] * len(self.answers)
        self.promise("the five events arrived in order", whole, f"{self.frames[-1]}\n{report.explain()}")
        self.promise("no event was lost and none came twice", *self._unbroken())
        self.promise("the savings add up to the cent", *self._added_up())
        await self._come_back()
        await self._replay()

    def _see(self, event: dict[str, Any], watch: Watch) -> None:
        if event.get("seq"):
            self.moments.append(Moment(time.monotonic(), event))
            watch(self.tenant.name, event)

    def _answered(self, question: str, last: dict[str, Any]) -> None:
        self.thread_id = last["thread_id"]
        self.answers.append((question, last["payload"].get("result") or {}))

    async def _fresh_ticket(self) -> str:
        self.ticket = str((await asyncio.to_thread(self.api.post, "/api/tickets", {}))["ticket"])
        return self.ticket

    def _unbroken(self) -> tuple[bool, str]:
        """Whether each run's events, over whatever sockets they came, are numbered from one on."""
        runs: dict[str, list[int]] = {}
        for moment in self.moments:
            runs.setdefault(moment.event["run_id"], []).append(moment.event["seq"])
        whole = all(numbers == list(range(1, len(numbers) + 1)) for numbers in runs.values())
        return whole and len(runs) == len(self.answers), f"{runs}"

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
        self.promise("the answers are stored when the user comes back", stored == streamed, told)

    async def _replay(self) -> None:
        try:
            async with WebSocketTestUtility(self.api.url).client(self.tenant.name, ticket=self.ticket):
                refused = "the replayed ticket opened a socket"
        except ConnectionRejected:
            refused = ""
        self.promise("the ticket works once", not refused, refused)

    async def alone(self, others: Sequence[Journey]) -> None:
        """That nothing of the others reached this tenant: not over its sockets, not by asking for their threads."""
        foreign = {other.thread_id for other in others} | {other.tenant.name for other in others}
        leaks = [frame["type"] for frame in self.frames if any(mark in repr(frame) for mark in foreign)]
        for other in others:
            answer = await asyncio.to_thread(self.api.request, "GET", f"/api/threads/{other.thread_id}/messages")
            if answer.status != 404:
                leaks.append(f"{other.tenant.name}'s thread answers {answer.status}")
        self.promise("nothing of another tenant was seen", not leaks, ", ".join(leaks))


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
