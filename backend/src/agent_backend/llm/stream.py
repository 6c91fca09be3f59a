"""The reply of an OpenAI-compatible endpoint, piece by piece: server-sent events in, whole sentences out. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

LONGEST_LINE: Final = 64 * 1024
LONGEST_TEXT: Final = 16 * 1024
_END: Final = re.compile(r"(?<=[.!?])[\"”')]*\s+(?=\S)")


class Garbage(Exception):
    """What came is not a streamed chat completion."""


class ReplyStream:
    """Takes the bytes of a reply and gives its sentences as each is complete."""

    def __init__(self) -> None:
        self.done = False
        self.tokens: int | None = None
        self._bytes = b""
        self._text = ""
        self._length = 0

    def feed(self, piece: bytes) -> Iterator[str]:
        """The sentences that this piece completes; raises Garbage."""
        *lines, self._bytes = (self._bytes + piece).split(b"\n")
        if len(self._bytes) > LONGEST_LINE:
            raise Garbage("a line without an end")
        for line in lines:
            self._line(line.strip())
        *whole, self._text = _END.split(self._text)
        yield from (sentence.strip() for sentence in whole if sentence.strip())

    def finish(self) -> Iterator[str]:
        """The last sentence; raises Garbage when the reply was cut off before it said that it is complete."""
        if self._bytes.strip():
            self._line(self._bytes.strip())
        if not self.done:
            raise Garbage("the reply was cut off")
        if self._text.strip():
            yield self._text.strip()

    def _line(self, line: bytes) -> None:
        if not line or line.startswith(b":") or not line.startswith(b"data:"):
            if line and not line.startswith((b":", b"event:", b"id:", b"retry:")):
                raise Garbage("a line that is no server-sent event")
            return
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            self.done = True
            return
        try:
            self._chunk(json.loads(data))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise Garbage("an event that is no chat completion chunk") from None

    def _chunk(self, chunk: dict[str, Any]) -> None:
        if usage := chunk.get("usage"):
            self.tokens = max(0, int(usage["total_tokens"]))
        for choice in chunk["choices"]:
            content = choice["delta"].get("content") or ""
            if not isinstance(content, str):
                raise TypeError
            self._text += content.replace("\n", " ")
            self._length += len(content)
            if choice.get("finish_reason") == "length":
                raise Garbage("the reply reached its token limit")
        if self._length > LONGEST_TEXT:
            raise Garbage("the reply is too long")
