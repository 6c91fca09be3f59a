"""The service that picks models and asks them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from goldenpath.doubles.kinds.kind import Kind
from goldenpath.doubles.kinds.llm_client import RESPONSE, pieces

DIMENSIONS: Final = 8


@runtime_checkable
class LLMManager(Protocol):
    """Generates, streams, embeds and tokenizes with one model."""

    model: str
    config: Mapping[str, Any]

    async def generate_response(self, prompt: str, **options: Any) -> str: ...
    def stream_response(self, prompt: str, **options: Any) -> AsyncIterator[str]: ...
    async def get_embeddings(self, texts: str | Sequence[str]) -> list[Any]: ...
    def tokenize(self, text: str) -> list[str]: ...
    def validate_model(self, model: str) -> bool: ...
    def get_model_info(self) -> dict[str, Any]: ...


class Behaviour:
    """Answers `config["response_text"]`, or the same sentence always; equal texts have equal embeddings."""

    __slots__ = ("config", "model")

    def __init__(self, model: str, config: Mapping[str, Any] | None = None) -> None:
        self.model = model
        self.config = dict(config or {})

    @property
    def _response(self) -> str:
        return str(self.config.get("response_text", RESPONSE))

    async def generate_response(self, prompt: str, **options: Any) -> str:
        return self._response

    async def stream_response(self, prompt: str, **options: Any) -> AsyncIterator[str]:
        for piece in pieces(self._response):
            yield piece

    async def get_embeddings(self, texts: str | Sequence[str]) -> list[Any]:
        return _embedding(texts) if isinstance(texts, str) else [_embedding(text) for text in texts]

    def tokenize(self, text: str) -> list[str]:
        return text.split()

    def validate_model(self, model: str) -> bool:
        return model == self.model

    def get_model_info(self) -> dict[str, Any]:
        return {"model": self.model, "provider": "double", "dimensions": DIMENSIONS, **self.config}


def _embedding(text: str) -> list[float]:
    from hashlib import sha256

    return [byte / 255 for byte in sha256(text.encode()).digest()[:DIMENSIONS]]


KIND = Kind("llm_manager", LLMManager)
