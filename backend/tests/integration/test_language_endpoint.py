"""The language layer against a real HTTP server on this machine that behaves as badly as models do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.llm import Endpoint, Facts, OpenAICompatibleLanguage, Prose, Unlimited

FACTS = Facts(("You spent $4.00 in all.", "By model, large is the dearest of 2: $3.00 (75%)."), frozenset({"large"}))
GOOD = "All in all you spent $4.00. Of this, large took $3.00 (75%)."

Reply = Callable[[asyncio.StreamWriter, "Model"], Awaitable[None]]


class Model:
    """A server that answers each request with the next of its replies, the last one again and again."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[str] = []
        self.released = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(int(line.split(":")[1]) for line in head.splitlines() if "content-length" in line.lower())
            self.headers.append(head)
            self.requests.append(json.loads(await reader.readexactly(length)))
            await self._replies[min(len(self.requests), len(self._replies)) - 1](writer, self)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


def status(code: int, *headers: str) -> Reply:
    async def reply(writer: asyncio.StreamWriter, _: Model) -> None:
        lines = [f"HTTP/1.1 {code} Something", "Content-Length: 0", "Connection: close", *headers]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()

    return reply


def streamed(*texts: str, done: bool = True, tokens: int = 50, hangs: bool = False) -> Reply:
    async def reply(writer: asyncio.StreamWriter, model: Model) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for text in texts:
            writer.write(b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode() + b"\n\n")
            await writer.drain()
        if hangs:
            await model.released.wait()
        if done:
            writer.write(
                json.dumps({"choices": [], "usage": {"total_tokens": tokens}}).join(["data: ", "\n\n"]).encode()
            )
            writer.write(b"data: [DONE]\n\n")
        await writer.drain()

    return reply


def raw(data: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter, _: Model) -> None:
        writer.write(data)
        await writer.drain()

    return reply


async def silent(_: asyncio.StreamWriter, model: Model) -> None:
    await model.released.wait()


@asynccontextmanager
async def serving(*replies: Reply) -> AsyncIterator[Model]:
    model = Model(*replies)
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0)
    model.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield model
    finally:
        model.released.set()
        server.close()
        await server.wait_closed()


class Purse:
    """A budget of so many tokens."""

    def __init__(self, left: int) -> None:
        self.left = left

    async def reserve(self, tenant_id: str, tokens: int) -> bool:
        if tokens > self.left:
            return False
        self.left -= tokens
        return True

    async def settle(self, tenant_id: str, tokens: int) -> None:
        self.left -= tokens


async def write(
    model: Model, budget: Any = None, *, silence: float = 5, whole: float = 20
) -> tuple[Prose, list[str], list[float]]:
    """What the layer writes, the sentences it told, and the pauses it made."""
    heard: list[str] = []
    pauses: list[float] = []

    async def told(sentence: str) -> None:
        heard.append(sentence)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    endpoint = Endpoint(
        model.url, "some-model", "a-key", silence=timedelta(seconds=silence), whole=timedelta(seconds=whole)
    )
    async with OpenAICompatibleLanguage.open(endpoint, budget or Unlimited(), sleep) as language:
        return await language.write(FACTS, "ten_1", told), heard, pauses


@pytest.mark.asyncio
async def test_the_models_words_are_used_and_told_sentence_by_sentence() -> None:
    async with serving(streamed(GOOD[:20], GOOD[20:])) as model:
        prose, heard, _ = await write(model)
    assert (prose.text, prose.by_model, prose.note) == (GOOD, True, None)
    assert heard == ["All in all you spent $4.00.", "Of this, large took $3.00 (75%)."]
    assert "authorization: bearer a-key" in model.headers[0].lower()
    assert model.requests[0]["messages"][1]["content"] == "\n".join(f"- {fact}" for fact in FACTS.sentences)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("You spent $4.00. Next month it will be $5.00.", "a number that was not computed"),
        ("You spent $4.00 <script>alert(1)</script>.", "markup"),
        ("You can halve it.", "a number in words"),
        ("In all you spent $4.00.", "it leaves out a figure"),
    ],
)
async def test_a_text_with_numbers_or_markup_of_its_own_is_replaced_by_the_facts(text: str, why: str) -> None:
    async with serving(streamed(text)) as model:
        prose, heard, _ = await write(model)
    assert (prose.text, prose.by_model) == (FACTS.text, False)
    assert why in str(prose.note)
    assert not any("$5.00" in sentence or "<" in sentence or "halve" in sentence for sentence in heard)
    assert len(model.requests) == 1


@pytest.mark.asyncio
async def test_a_busy_model_is_asked_again_after_the_pause_it_wants() -> None:
    async with serving(status(429, "Retry-After: 2"), status(503), streamed(GOOD)) as model:
        prose, _, pauses = await write(model)
    assert (prose.by_model, pauses) == (True, [2.0, 0.6])


@pytest.mark.asyncio
async def test_a_model_that_stays_busy_is_given_up_after_three_attempts() -> None:
    async with serving(status(429, "Retry-After: 86400")) as model:
        prose, heard, pauses = await write(model)
    assert (prose.text, prose.note) == (FACTS.text, "the model is not available: status 429")
    assert (len(model.requests), pauses, heard) == (3, [5.0, 5.0], list(FACTS.sentences))


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [301, 400, 401, 404])
async def test_a_refusal_is_not_asked_again(code: int) -> None:
    async with serving(status(code, "Location: http://127.0.0.1:9/")) as model:
        prose, _, _ = await write(model)
    assert (prose.text, len(model.requests)) == (FACTS.text, 1)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "reply",
    [
        raw(b"not even http\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>no</html>"),
        streamed(done=True),
        raw(b""),
    ],
)
async def test_garbage_is_asked_again_and_then_given_up(reply: Reply) -> None:
    async with serving(reply) as model:
        prose, _, _ = await write(model)
    assert (prose.text, prose.by_model, len(model.requests)) == (FACTS.text, False, 3)


@pytest.mark.asyncio
async def test_a_reply_cut_in_mid_stream_after_a_sentence_was_told_is_not_asked_again() -> None:
    async with serving(streamed("You spent $4.00 in all. And", done=False)) as model:
        prose, heard, _ = await write(model)
    assert (prose.text, len(model.requests)) == (FACTS.text, 1)
    assert heard == ["You spent $4.00 in all.", *FACTS.sentences]


@pytest.mark.asyncio
async def test_a_reply_cut_before_any_sentence_is_asked_again() -> None:
    async with serving(streamed("You spe", done=False), streamed(GOOD)) as model:
        prose, heard, _ = await write(model)
    assert (prose.text, heard[0]) == (GOOD, "All in all you spent $4.00.")


@pytest.mark.asyncio
@pytest.mark.parametrize("reply", [silent, streamed("You spent $4.00 in all. ", hangs=True)])
async def test_a_model_that_falls_silent_is_given_up(reply: Reply) -> None:
    async with serving(reply) as model:
        prose, _, _ = await write(model, silence=0.05)
    assert (prose.text, prose.by_model) == (FACTS.text, False)
    assert prose.note == "the model is not available: ReadTimeout"


@pytest.mark.asyncio
async def test_the_whole_reply_has_a_limit_however_often_something_comes() -> None:
    async def drip(writer: asyncio.StreamWriter, model: Model) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not model.released.is_set():
            writer.write(b": still thinking\n")
            await writer.drain()
            await asyncio.sleep(0)

    async with serving(drip) as model:
        prose, _, _ = await write(model, whole=0.1)
    assert (prose.text, prose.note) == (FACTS.text, "the model took too long")


@pytest.mark.asyncio
async def test_a_model_that_is_not_there_is_no_reason_to_fail() -> None:
    async with serving(silent) as model:
        pass
    prose, heard, _ = await write(model)
    assert (prose.text, prose.note, heard) == (
        FACTS.text,
        "the model is not available: ConnectError",
        list(FACTS.sentences),
    )


@pytest.mark.asyncio
async def test_a_budget_pays_what_was_used_and_nothing_is_asked_beyond_it() -> None:
    purse = Purse(1500)
    async with serving(streamed(GOOD, tokens=700)) as model:
        first, _, _ = await write(model, purse)
        assert (first.by_model, purse.left) == (True, 800)
        second, _, _ = await write(model, purse)
    assert (second.text, second.note) == (FACTS.text, "today's budget for prose is used up")
    assert (purse.left, len(model.requests)) == (800, 1)
