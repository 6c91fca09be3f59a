"""What a language model's client does, whoever implements it."""

from __future__ import annotations

from asyncio import gather
from contextlib import AbstractAsyncContextManager
from typing import Any

from goldenpath.doubles.conformance.refusal import refused

QUESTION = [{"role": "user", "content": "how do we spend less?"}]
MODEL = "test-model"


class LLMClientConformance:
    """Subclass it, say what to `open`, and mark the subclass for your async plugin.

    `open` yields a client whose model answers the given text to everything.
    """

    def open(self, answer: str) -> AbstractAsyncContextManager[Any]:
        raise NotImplementedError(f"{type(self).__name__}.open() says which client the suite runs on")

    async def test_an_answer_comes_whole(self) -> None:
        async with self.open("Cache the prompts.") as client:
            completion = await client.chat.completions.create(model=MODEL, messages=QUESTION)
            (choice,) = completion.choices
            assert (choice.index, choice.message.role, choice.message.content) == (0, "assistant", "Cache the prompts.")
            assert choice.finish_reason == "stop"
            assert (completion.object, completion.model) == ("chat.completion", MODEL)
            assert isinstance(completion.id, str)

    async def test_tokens_add_up(self) -> None:
        async with self.open("Cache the prompts.") as client:
            usage = (await client.chat.completions.create(model=MODEL, messages=QUESTION)).usage
            assert usage.prompt_tokens > 0
            assert usage.completion_tokens > 0
            assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens

    async def test_a_stream_brings_the_answer_in_pieces_and_says_when_it_ends(self) -> None:
        async with self.open("Cache the  repeated prompts.") as client:
            stream = await client.chat.completions.create(model=MODEL, messages=QUESTION, stream=True)
            chunks = [chunk async for chunk in stream]
            pieces = [chunk.choices[0].delta.content for chunk in chunks]
            assert len([piece for piece in pieces if piece]) > 1
            assert "".join(piece or "" for piece in pieces) == "Cache the  repeated prompts."
            assert [chunk.choices[0].finish_reason for chunk in chunks] == [*([None] * (len(chunks) - 1)), "stop"]
            assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}

    async def test_a_stream_may_be_left_half_read(self) -> None:
        async with self.open("one two three") as client:
            stream = await client.chat.completions.create(model=MODEL, messages=QUESTION, stream=True)
            async for _ in stream:
                break
            await stream.close()
            again = await client.chat.completions.create(model=MODEL, messages=QUESTION)
            assert again.choices[0].message.content == "one two three"

    async def test_an_empty_answer_is_an_answer(self) -> None:
        async with self.open("") as client:
            completion = await client.chat.completions.create(model=MODEL, messages=QUESTION)
            assert completion.choices[0].message.content == ""

    async def test_requests_do_not_wait_for_each_other(self) -> None:
        async with self.open("yes") as client:
            asked = (client.chat.completions.create(model=MODEL, messages=QUESTION) for _ in range(5))
            assert [answer.choices[0].message.content for answer in await gather(*asked)] == ["yes"] * 5

    async def test_a_request_without_messages_or_model_is_refused(self) -> None:
        async with self.open("yes") as client:
            with refused("TypeError"):
                await client.chat.completions.create(model=MODEL)
            with refused("TypeError"):
                await client.chat.completions.create(messages=QUESTION)
