"""An HTTP answer, from whichever client it came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

VOLATILE: Final = frozenset({"date", "content-length", "server", "x-request-id", "traceparent"})
"""Headers that differ between any two answers, whatever they are answers to."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, thing: Any) -> Answer:
        """Of a response of httpx, requests or Starlette, or of (status, headers, body), the body parsed or not."""
        if isinstance(thing, Answer):
            return thing
        if isinstance(thing, tuple) and len(thing) == 3:
            status, headers, body = thing
        else:
            status = getattr(thing, "status_code", None) or getattr(thing, "status", None)
            headers = getattr(thing, "headers", ())
            body = next((getattr(thing, name) for name in ("content", "body", "text") if hasattr(thing, name)), b"")
        if not isinstance(status, int) or callable(body):
            raise TypeError(
                f"an answer is a response with status_code, headers and content, or (status, headers, body); "
                f"got {type(thing).__name__}"
            )
        if isinstance(body, (dict, list)):
            body = json.dumps(body, default=str)
        return cls(status, tuple(_pairs(headers)), body.encode() if isinstance(body, str) else bytes(body or b""))

    def differs_from(self, other: Answer, ignoring: frozenset[str] = VOLATILE) -> list[str]:
        """In what the two can be told apart by whoever gets them."""
        found = []
        if self.status != other.status:
            found.append(f"status {self.status}, not {other.status}")
        ours, theirs = ({pair for pair in each.headers if pair[0] not in ignoring} for each in (self, other))
        found += [f"header {name}" for name in sorted({name for name, _ in ours ^ theirs})]
        if self.body != other.body:
            found.append(f"body of {len(self.body)} bytes, not the same {len(other.body)}")
        return found


def _pairs(headers: Any) -> Iterable[tuple[str, str]]:
    many = getattr(headers, "multi_items", None) or getattr(headers, "items", None)
    pairs = many() if callable(many) else headers
    for name, value in pairs if not isinstance(pairs, Mapping) else pairs.items():
        yield _text(name).lower(), _text(value)


def _text(part: Any) -> str:
    return part.decode("latin-1") if isinstance(part, bytes) else str(part)
