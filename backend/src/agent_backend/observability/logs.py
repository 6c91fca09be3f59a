"""Structured logs: one line per record, with the ids of the work it belongs to, and no secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, TextIO
from urllib.parse import quote

from agent_backend.observability.correlation import correlation

MASK: Final = "***"
SHORTEST_MASKED: Final = 6
"""Characters; a shorter secret is refused elsewhere, and masking it would make gaps in every word."""

Secrets = Callable[[], Iterable[str]]
"""The secrets in force; asked for each line, for a reload may change them."""


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        content: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **correlation(),
        }
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return json.dumps(content, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A line for people: the level, where it comes from, what happened, and to what it belongs."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname} {record.name}: {record.getMessage()}"
        line += "".join(f" {name}={value}" for name, value in correlation().items())
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class MaskingFormatter(logging.Formatter):
    """Another formatter whose lines lose every secret, whoever put it there: a driver's error text, a traceback."""

    def __init__(self, inner: logging.Formatter, secrets: Secrets) -> None:
        super().__init__()
        self._inner = inner
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        line = self._inner.format(record)
        clothes = {form for secret in self._secrets() if len(secret) >= SHORTEST_MASKED for form in _clothes(secret)}
        for form in sorted(clothes, key=len, reverse=True):
            line = line.replace(form, MASK)
        return line


@lru_cache(maxsize=64)
def _clothes(secret: str) -> tuple[str, ...]:
    """The forms in which a secret may stand in a line: as it is, within JSON, within a URL."""
    return secret, json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe="")


def configure_logging(level: str, form: str, stream: TextIO, secrets: Secrets) -> None:
    """Send the logs of the whole process to one stream, as `json` or as `text`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(MaskingFormatter(JsonFormatter() if form == "json" else TextFormatter(), secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
