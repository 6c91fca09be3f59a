"""A small notes service with two tenants, a socket, a cache and logs, which leaks in any of the ways it is told to."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import html
import json
import logging
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import call
from urllib.parse import quote

from goldenpath.simulation import Simulation
from goldenpath.tenancy import Actor, TenantMatrix

UNKNOWN = "note-0000"
Answer = tuple[int, dict[str, str], bytes]

LEAKS = {
    "no owner check": "TL004",
    "403 for what is another's": "TL002",
    "404 with a body of its own": "TL003",
    "404 with a header of its own": "TL003",
    "deleted for anybody": "TL004",
    "owner's text in the error": "plain",
    "text in a header": "plain",
    "hash in the etag": "sha256",
    "base64 cursor": "base64",
    "base64url cursor": "base64",
    "hex trace": "hex",
    "URL in a redirect": "URL",
    "JSON in JSON": "JSON",
    "HTML page": "HTML",
    "gzip body": "plain in gzip",
    "wide letters": "UTF-16",
    "shouting": "other case",
    "shortened in a log": "cut short",
    "event to everybody": "plain",
    "stream in pieces": "plain",
    "another's backlog": "plain",
    "sockets by user name": "plain",
    "cache key without tenant": "plain",
    "data in a shared key": "plain",
    "list of all tenants": "plain",
    "search of all tenants": "plain",
    "rows by text": "plain",
    "tenant in a global": "plain",
    "reply of the one before": "plain",
    "log of another": "plain",
    "extra of a log record": "plain",
    "cause of a logged error": "plain",
    "parameter of a statement": "plain",
    "argument of a tool": "plain",
    "line in the service log": "plain",
}
"""Each leak, and the rule or the encoding by which it has to be found."""


@dataclass
class Session:
    tenant: str
    user: str = "ada"
    frames: list[Any] = field(default_factory=list)


class Desk:
    """The service. Everything a tenant can see of it is kept by tenant."""

    def __init__(self, leak: str = "") -> None:
        self.leak = leak
        self.notes: dict[str, tuple[str, str, str]] = {}
        self.sockets: dict[Any, Session] = {}
        self.backlog: dict[str, list[Any]] = defaultdict(list)
        self.cache: dict[str, Any] = {}
        self.logs: dict[str, list[logging.LogRecord]] = defaultdict(list)
        self.statements: dict[str, list[Any]] = defaultdict(list)
        self.tool_calls: dict[str, list[Any]] = defaultdict(list)
        self.service_log: list[str] = []
        self.current_tenant = ""
        self.reply: Any = None
        self.count = 0

    async def enter(self, tenant: str) -> Session:
        session = Session(tenant)
        self.sockets[self._address(session)] = session
        return session

    async def come_back(self, session: Session) -> Session:
        """The connection is lost; what came meanwhile is sent to the one that follows."""
        address = self._address(session)
        self.sockets.pop(address, None)
        await _a_while()
        again = Session(session.tenant, frames=session.frames)
        backlog = self.backlog["" if self.leak == "another's backlog" else session.tenant]
        again.frames += backlog
        backlog.clear()
        self.sockets[address] = again
        return again

    async def create(self, session: Session, text: str, plan: str) -> str:
        tenant = session.tenant
        self.current_tenant = tenant
        await _a_while()
        owner = self.current_tenant if self.leak == "tenant in a global" else tenant
        self.count += 1
        note = f"note-{self.count:04d}"
        self.notes[note] = (owner, text, plan)
        self.service_log.append(f"created {note}" + (f": {text}" if self.leak == "line in the service log" else ""))
        await self._tell(tenant, {"type": "note.created", "note": note, "text": text})
        self._work_behind_the_scenes(tenant, text)
        return note

    async def read(self, session: Session, note: str) -> Answer:
        owner, text, plan = self.notes.get(note, ("", "", ""))
        before = self.reply
        if owner == session.tenant:
            self.reply = text, owner
        await _a_while()
        if self.leak == "reply of the one before" and before is not None and before[1] != session.tenant:
            return 404, {}, _body(error="not found", of=before[0])
        if owner == session.tenant or (owner and self.leak == "no owner check"):
            return 200, {"etag": "W/1"}, _body(note=note, text=text)
        missing = _body(error=f"there is no {note}")
        return self._leaking(owner, text, plan, missing) if owner else (404, {}, missing)

    def _leaking(self, owner: str, text: str, plan: str, missing: bytes) -> Answer:
        token = text.split()[-1]
        ways: dict[str, Answer] = {
            "403 for what is another's": (403, {}, missing),
            "404 with a body of its own": (404, {}, _body(error="it is another tenant's")),
            "404 with a header of its own": (404, {"x-owner-checked": "yes"}, missing),
            "owner's text in the error": (404, {}, _body(error=f"{text} is not yours")),
            "text in a header": (404, {"x-debug": text}, missing),
            "hash in the etag": (404, {"etag": hashlib.sha256(token.encode()).hexdigest()}, missing),
            "base64 cursor": (404, {"x-next": base64.b64encode(b"1:" + token.encode() + b":9").decode()}, missing),
            "base64url cursor": (404, {"x-next": base64.urlsafe_b64encode(f">{plan}?".encode()).decode()}, missing),
            "hex trace": (404, {"traceparent": token.encode().hex()}, missing),
            "URL in a redirect": (404, {"location": f"/login?back={quote(plan, safe='')}"}, missing),
            "JSON in JSON": (404, {}, _body(error=json.dumps({"plan": plan}))),
            "HTML page": (404, {}, f"<p>{html.escape(plan)}</p>".encode()),
            "gzip body": (404, {"content-encoding": "gzip"}, gzip.compress(text.encode())),
            "wide letters": (404, {}, text.encode("utf-16-le")),
            "shouting": (404, {}, text.upper().encode()),
        }
        return ways.get(self.leak, (404, {}, missing))

    async def delete(self, session: Session, note: str) -> Answer:
        await _a_while()
        owner, text, _ = self.notes.get(note, ("", "", ""))
        if owner == session.tenant:
            del self.notes[note]
            return 200, {}, _body(deleted=text)
        if owner and self.leak == "deleted for anybody":
            return 204, {}, b""
        return 404, {}, _body(error=f"there is no {note}")

    async def list(self, session: Session) -> Any:
        await _a_while()
        if self.leak == "rows by text":
            return {text: owner == session.tenant for owner, text, _ in self.notes.values()}
        everybody = self.leak == "list of all tenants"
        return [{"text": text} for owner, text, _ in self.notes.values() if everybody or owner == session.tenant]

    async def search(self, session: Session, word: str) -> list[str]:
        await _a_while()
        everybody = self.leak == "search of all tenants"
        return [
            text for owner, text, _ in self.notes.values() if word in text and (everybody or owner == session.tenant)
        ]

    async def summary(self, session: Session) -> str:
        key = "summary" if self.leak == "cache key without tenant" else f"{session.tenant}:summary"
        if key not in self.cache:
            rows = [text for owner, text, _ in self.notes.values() if owner == session.tenant]
            await _a_while()
            if rows:
                self.cache[key] = " / ".join(rows)
            if rows and self.leak == "data in a shared key":
                self.cache[f"shared:{rows[0]}"] = 1
        return self.cache.get(key, "")

    async def _tell(self, tenant: str, event: dict[str, Any]) -> None:
        await _a_while()
        reached = False
        for session in tuple(self.sockets.values()):
            if session.tenant == tenant or self.leak == "event to everybody":
                session.frames.append(json.dumps(event))
                reached = True
            elif self.leak == "stream in pieces":
                text = event["text"]
                session.frames += [{"type": "delta", "delta": text[at : at + 5]} for at in range(0, len(text), 5)]
        address = "" if self.leak == "another's backlog" else tenant
        if self.leak == "sockets by user name":
            for session in self.sockets.values():
                session.frames.append(json.dumps(event))
        elif not reached or self.leak == "another's backlog":
            self.backlog[address].append(json.dumps(event))

    def _work_behind_the_scenes(self, tenant: str, text: str) -> None:
        other = next((session.tenant for session in self.sockets.values() if session.tenant != tenant), tenant)
        token = text.split()[-1]
        self.statements[tenant].append(("INSERT INTO notes VALUES (%s, %s)", (tenant, text)))
        self.tool_calls[tenant].append(call("summarise", text, limit=3))
        self.logs[tenant].append(_record("created %s", text))
        if self.leak == "parameter of a statement":
            self.statements[other].append(("SELECT * FROM notes WHERE text = %(text)s", {"text": text}))
        elif self.leak == "argument of a tool":
            self.tool_calls[other].append(call("summarise", {"deep": [{"text": text}]}))
        elif self.leak == "log of another":
            self.logs[other].append(_record("created %s", text))
        elif self.leak == "shortened in a log":
            self.logs[other].append(_record("created %s…", token[:16]))
        elif self.leak == "extra of a log record":
            self.logs[other].append(_record("created", note=text))
        elif self.leak == "cause of a logged error":
            error = RuntimeError("could not be stored")
            error.__cause__ = LookupError(f"duplicate {text}")
            self.logs[other].append(_record("failed", exc_info=(RuntimeError, error, None)))

    def _address(self, session: Session) -> Any:
        return session.user if self.leak == "sockets by user name" else (session.tenant, session.user)


def _record(message: str, *args: Any, **extra: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "args": args, **extra})


def _body(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


async def _a_while() -> None:
    await asyncio.sleep(random.random() / 1000)


def matrix(leak: str = "") -> TenantMatrix:
    """What is tried on the service."""

    @asynccontextmanager
    async def world(simulation: Simulation | None) -> AsyncIterator[Desk]:
        yield Desk(leak)

    async def create(actor: Actor) -> str:
        plan = actor.canary.watch("plan", f'"{actor.tenant}/café" & Zoë\'s <plan> {actor.token("plan words")[-9:]}')
        note: str = await actor.world.create(actor.session, f"about {actor.token('note')}", plan)
        return note

    async def warmed(actor: Actor) -> None:
        await create(actor)
        await actor.world.summary(actor.session)

    async def frames(actor: Actor, made: Any) -> list[Any]:
        await _a_while()
        return list(actor.session.frames)

    return (
        TenantMatrix(
            world,
            lambda a: a.world.enter(a.tenant),
            reconnect=lambda a: a.world.come_back(a.session),
            hashes=["sha256"],
        )
        .route("GET /notes/{id}", act=create, look=lambda a, note: a.world.read(a.session, note), unknown=UNKNOWN)
        .route("DELETE /notes/{id}", act=create, look=lambda a, note: a.world.delete(a.session, note), unknown=UNKNOWN)
        .event("note.created", act=create, look=frames)
        .key("summary", act=warmed, look=lambda a, _: a.world.summary(a.session))
        .query("list", act=create, look=lambda a, _: a.world.list(a.session))
        .query("search", act=create, look=lambda a, _: a.world.search(a.session, "about"))
        .sees("logs", "the tenant's log", lambda a: a.world.logs[a.tenant])
        .sees("sql", "the tenant's statements", lambda a: a.world.statements[a.tenant])
        .sees("calls", "the tenant's tool calls", lambda a: a.world.tool_calls[a.tenant])
        .shared("logs", "the service log", lambda desk: desk.service_log)
        .shared(
            "cache", "keys of nobody", lambda desk: {k: v for k, v in desk.cache.items() if k.startswith("shared:")}
        )
    )
