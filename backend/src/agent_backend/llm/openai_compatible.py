"""Prose by an OpenAI-compatible endpoint: streamed, timed, retried, paid from a budget, checked as it comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from agent_backend.llm.budget import LanguageBudget
from agent_backend.llm.checks import Untrusted, check_sentence, check_whole
from agent_backend.llm.language import Facts, Prose, Told
from agent_backend.llm.stream import Garbage, ReplyStream

if TYPE_CHECKING:
    import httpx2

INSTRUCTIONS: Final = (
    "You put finished statements into flowing prose for a finance reader. Use every statement once and in order. Use "
    "no number, percentage or amount that is not in the statements, write numbers as digits exactly as they are given, "
    "and keep each number with the names it stands with. Plain sentences only: no lists, headings, markup or links."
)
BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which asking again makes sense."""

Sleep = Callable[[float], Awaitable[object]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is and how patiently it is asked; the key stays out of every repr."""

    url: str
    model: str
    api_key: str = field(default="", repr=False)
    connect: timedelta = timedelta(seconds=3)
    silence: timedelta = timedelta(seconds=10)
    """How long it may say nothing."""
    whole: timedelta = timedelta(seconds=30)
    """How long a reply may take, all attempts included."""
    attempts: int = 3
    first_pause: timedelta = timedelta(milliseconds=300)
    longest_pause: timedelta = timedelta(seconds=5)
    max_tokens: int = 700


class _Unavailable(Exception):
    """No usable reply; `pause` is the least to wait before the next attempt, None where another one is useless."""

    def __init__(self, reason: str, pause: timedelta | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class OpenAICompatibleLanguage:
    """Asks the model for the prose, and falls back to the facts as they stand whenever it cannot be had or trusted."""

    def __init__(
        self, client: httpx2.AsyncClient, endpoint: Endpoint, budget: LanguageBudget, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._sleep = sleep
        self._client = client
        self._endpoint = endpoint
        self._budget = budget

    @classmethod
    @asynccontextmanager
    async def open(
        cls, endpoint: Endpoint, budget: LanguageBudget, sleep: Sleep = asyncio.sleep
    ) -> AsyncIterator[OpenAICompatibleLanguage]:
        """The layer with its connections; proxies and credentials of the environment are not used."""
        import httpx2

        patience = httpx2.Timeout(
            endpoint.silence.total_seconds(),
            connect=endpoint.connect.total_seconds(),
            pool=endpoint.connect.total_seconds(),
        )
        async with httpx2.AsyncClient(timeout=patience, trust_env=False, follow_redirects=False) as client:
            yield cls(client, endpoint, budget, sleep)

    async def write(self, facts: Facts, tenant_id: str, told: Told) -> Prose:
        if not facts.sentences:
            return Prose("")
        estimate = _estimate(facts) + self._endpoint.max_tokens
        if not await self._budget.reserve(tenant_id, estimate):
            return await self._as_they_stand(facts, told, "today's budget for prose is used up")
        reply, used = ReplyStream(), estimate
        try:
            async with asyncio.timeout(self._endpoint.whole.total_seconds()):
                sentences, reply = await self._ask(facts, told)
            used = estimate if reply.tokens is None else reply.tokens
            return Prose(" ".join(sentences), by_model=True)
        except TimeoutError:
            reason = "the model took too long"
        except Untrusted as untrusted:
            reason = f"the model's text was not used: {untrusted}"
        except _Unavailable as unavailable:
            reason = f"the model is not available: {unavailable}"
        finally:
            await self._budget.settle(tenant_id, used - estimate)
        logger.warning("prose is written by rule: %s", reason)
        return await self._as_they_stand(facts, told, reason)

    async def _as_they_stand(self, facts: Facts, told: Told, note: str) -> Prose:
        for sentence in facts.sentences:
            await told(sentence)
        return Prose(facts.text, note=note)

    async def _ask(self, facts: Facts, told: Told) -> tuple[list[str], ReplyStream]:
        """Ask until there is a reply: again only as long as nobody has been told anything."""
        pause = self._endpoint.first_pause
        for attempt in range(1, self._endpoint.attempts + 1):
            reply, sentences = ReplyStream(), list[str]()
            try:
                async with aclosing(self._reply(facts, reply)) as spoken:
                    async for sentence in spoken:
                        check_sentence(sentence, facts)
                        sentences.append(sentence)
                        await told(sentence)
                if not sentences:
                    raise _Unavailable("it said nothing", timedelta(0))
                check_whole(" ".join(sentences), facts)
                return sentences, reply
            except _Unavailable as unavailable:
                if unavailable.pause is None or sentences or attempt == self._endpoint.attempts:
                    raise
                await self._sleep(min(max(unavailable.pause, pause), self._endpoint.longest_pause).total_seconds())
                pause *= 2
        raise AssertionError("the last attempt returns or raises")

    async def _reply(self, facts: Facts, reply: ReplyStream) -> AsyncGenerator[str, None]:
        import httpx2

        try:
            async with self._client.stream(
                "POST",
                f"{self._endpoint.url.rstrip('/')}/chat/completions",
                json=self._body(facts),
                headers=self._headers(),
            ) as response:
                if response.status_code in BUSY:
                    raise _Unavailable(f"status {response.status_code}", _asked_pause(response))
                if response.status_code != 200:
                    raise _Unavailable(f"status {response.status_code}")
                async for piece in response.aiter_bytes():
                    for sentence in reply.feed(piece):
                        yield sentence
                    if reply.done:
                        break
                for sentence in reply.finish():
                    yield sentence
        except Garbage as garbage:
            raise _Unavailable(str(garbage), timedelta(0)) from None
        except httpx2.HTTPError as error:
            raise _Unavailable(type(error).__name__, timedelta(0)) from error

    def _body(self, facts: Facts) -> dict[str, Any]:
        statements = "\n".join(f"- {sentence}" for sentence in facts.sentences)
        return {
            "model": self._endpoint.model,
            "messages": [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": statements}],
            "temperature": 0,
            "max_tokens": self._endpoint.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._endpoint.api_key}"} if self._endpoint.api_key else {}


def _estimate(facts: Facts) -> int:
    """Tokens of the request, counted high: a token is rarely shorter than three characters."""
    return (len(INSTRUCTIONS) + len(facts.text)) // 3


def _asked_pause(response: httpx2.Response) -> timedelta:
    asked = response.headers.get("Retry-After", "0")
    return timedelta(seconds=int(asked)) if asked.isdecimal() and len(asked) < 6 else timedelta(0)
