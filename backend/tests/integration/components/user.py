"""Somebody who uses the service over a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from agent_backend.context import Account, Principal
from agent_backend.usage import UsageRecord
from agent_backend.web.services import Services
from goldenpath.live import WebSocketTestClient

PATIENCE = 60.0
ENDS = {"agent_completed", "agent_error"}

Told = Mapping[str, Any]
"""An event, as the client reads it."""


@dataclass(frozen=True)
class User:
    """One user of one tenant, with one open socket."""

    services: Services
    url: str
    account: Account
    principal: Principal
    token: str
    client: WebSocketTestClient

    async def spend(self, records: Iterable[UsageRecord]) -> None:
        """Load usage records."""
        await self.services.usage.add(self.principal.tenant_id, list(records))

    async def ask(self, text: str, thread_id: str | None = None) -> None:
        """Send a question; its text tells its run from others, so ask none twice."""
        message = {"type": "ask", "text": text, "thread_id": thread_id, "client_message_id": text}
        await self.client.send(message)

    async def begun(self, text: str) -> str:
        """The run of a question, once it is worked on."""
        started = await self.told(lambda event: event["type"] == "agent_started" and event["payload"]["task"] == text)
        return str(started["run_id"])

    async def ended(self, run_id: str) -> Told:
        """How a run ends."""
        return await self.told(lambda event: event.get("run_id") == run_id and event["type"] in ENDS)

    async def answered(self, text: str, thread_id: str | None = None) -> Told:
        """Ask, and wait for the end."""
        await self.ask(text, thread_id)
        return await self.ended(await self.begun(text))

    async def told(self, where: Callable[[Told], bool]) -> Told:
        """The first event of which this is true, of those that have arrived or else of those to come."""
        while (found := next(filter(where, self.client.received), None)) is None:
            await self.client.receive(timeout=PATIENCE)
        return found

    def story(self, run_id: str) -> list[Told]:
        """What has arrived of one run."""
        return [event for event in self.client.received if event.get("run_id") == run_id]

    async def get(self, path: str) -> Any:
        """What a route answers this user."""
        response = await self.look(path)
        assert response.is_success, response.text
        return response.json()

    async def look(self, path: str) -> httpx2.Response:
        """The answer of a route, whatever it is."""
        async with httpx2.AsyncClient(timeout=PATIENCE) as http:
            return await http.get(self.url + path, headers={"Authorization": f"Bearer {self.token}"})
