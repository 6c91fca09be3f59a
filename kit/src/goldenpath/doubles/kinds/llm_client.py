"""A language model's client, in the shape of the OpenAI one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from goldenpath.doubles.kinds.kind import Kind

RESPONSE: Final = "This is a test response."


@runtime_checkable
class Completions(Protocol):
    """Where completions are asked for."""

    async def create(
        self, *, messages: Sequence[Mapping[str, Any]], model: str, stream: bool = False, **options: Any
    ) -> Any: ...


@runtime_checkable
class Chat(Protocol):
    """The chat part of a client."""

    @property
    def completions(self) -> Completions: ...


@runtime_checkable
class LLMClient(Protocol):
    """A client that completes chats, whole or streamed."""

    @property
    def chat(self) -> Chat: ...

    async def agenerate(self, prompts: Sequence[Any], **options: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Message:
    """What a role said."""

    content: str | None
    role: str = "assistant"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a request."""

    message: Message
    index: int = 0
    finish_reason: str = "stop"


@dataclass(frozen=True, slots=True)
class Usage:
    """How many tokens a request took, a word counting as one."""

    prompt_tokens: int
    completion_tokens: int

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer."""

    model: str
    choices: list[Choice]
    usage: Usage
    id: str = "chatcmpl-double"
    object: str = "chat.completion"


@dataclass(frozen=True, slots=True)
class ChunkChoice:
    """A piece of one answer."""

    delta: Message
    index: int = 0
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer."""

    model: str
    choices: list[ChunkChoice]
    id: str = "chatcmpl-double"
    object: str = "chat.completion.chunk"


@dataclass(frozen=True, slots=True)
class Generation:
    """An answer to one prompt of `agenerate`."""

    text: str


@dataclass(frozen=True, slots=True)
class Generations:
    """The answers to every prompt of `agenerate`."""

    generations: list[list[Generation]]
    llm_output: dict[str, Any] = field(default_factory=dict)


def pieces(text: str) -> list[str]:
    """Cut a text into words with the space before them, which put together are the text."""
    return [(" " if number else "") + word for number, word in enumerate(text.split(" "))]


class ChunkStream:
    """A streamed answer: a word a chunk, then the one that says why it ends."""

    __slots__ = ("_chunks",)

    def __init__(self, text: str, model: str) -> None:
        deltas = [ChunkChoice(Message(piece)) for piece in pieces(text)]
        self._chunks = iter(
            [Chunk(model, [one]) for one in (*deltas, ChunkChoice(Message(None), finish_reason="stop"))]
        )

    def __aiter__(self) -> ChunkStream:
        return self

    async def __anext__(self) -> Chunk:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration

    async def close(self) -> None:
        """Leave the rest unread."""
        self._chunks = iter(())


class CompletionsBehaviour:
    """Answers every request with the same text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    async def create(
        self, *, messages: Sequence[Mapping[str, Any]], model: str, stream: bool = False, **options: Any
    ) -> Any:
        if stream:
            return ChunkStream(self.text, model)
        asked = sum(len(str(message.get("content", "")).split()) for message in messages)
        answered = len(self.text.split())
        return Completion(model, [Choice(Message(self.text))], Usage(asked, answered))


class Behaviour:
    """Answers every prompt with the same text."""

    __slots__ = ("_text",)

    def __init__(self, text: str = RESPONSE) -> None:
        self._text = text

    async def agenerate(self, prompts: Sequence[Any], **options: Any) -> Generations:
        return Generations([[Generation(self._text)] for _ in prompts])


KIND = Kind("llm_client", LLMClient)
