"""Where data goes that nobody looks at: each place is a row that takes what is found there apart."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from goldenpath.tenancy.answer import Answer
from goldenpath.tenancy.walking import Leaf, leaves

PLAIN_RECORD: Final = frozenset(vars(logging.makeLogRecord({}))) - {"msg", "args", "name", "exc_info", "exc_text"}
"""What every log record has of itself and what no one writes data into."""


def frames(thing: Iterable[Any]) -> Iterator[Leaf]:
    """Frames of a socket, raw or as events; a text that is streamed piece by piece is put together too."""
    streams: dict[str, list[bytes]] = {}
    for at, frame in enumerate(thing):
        yield from _raw(frame, f"[{at}]")
        for leaf in leaves(_decoded(frame)):
            yield Leaf(f"[{at}]{leaf.path}", leaf.data)
            streams.setdefault(leaf.path, []).append(leaf.data)
    for path, pieces in streams.items():
        if len(pieces) > 1 and not path.endswith("<key>"):
            yield Leaf(f"[all]{path}", b"".join(pieces))


def _raw(frame: Any, path: str) -> Iterator[Leaf]:
    if isinstance(frame, (str, bytes)):
        yield from leaves(frame, path)


def _decoded(frame: Any) -> Any:
    if not isinstance(frame, str):
        return None if isinstance(frame, bytes) else frame
    try:
        return json.loads(frame)
    except (ValueError, RecursionError):
        return None


def response(thing: Any) -> Iterator[Leaf]:
    """An HTTP answer: headers and body."""
    answer = Answer.of(thing)
    for name, value in answer.headers:
        yield Leaf(f".headers.{name}", f"{name}: {value}".encode())
    yield Leaf(".body", answer.body)


def calls(thing: Any) -> Iterator[Leaf]:
    """What a double was called with: a recorder, a double with `mock_calls`, or a list of calls."""
    recorded = getattr(thing, "mock_calls", None)
    if recorded is None:
        recorded = getattr(thing, "call_args_list", thing)
    yield from leaves([tuple(call) for call in recorded], ".calls")


def logs(thing: Iterable[Any]) -> Iterator[Leaf]:
    """Log records, with what only a handler sees: arguments, extras, errors; lines of text are taken as they are."""
    for at, record in enumerate(thing):
        path = f"[{at}]"
        if not isinstance(record, logging.LogRecord):
            yield from leaves(record, path)
            continue
        try:
            yield from leaves(record.getMessage(), f"{path}.message")
        except (TypeError, ValueError):
            yield from leaves(str(record.msg), f"{path}.message")
        yield from leaves(record.args, f"{path}.args")
        yield from leaves([record.name, record.exc_text], f"{path}.text")
        yield from leaves(record.exc_info[1] if record.exc_info else None, f"{path}.exception")
        extras = {name: value for name, value in vars(record).items() if name not in PLAIN_RECORD}
        yield from leaves({name: extras[name] for name in extras.keys() - {"msg", "args"}}, f"{path}.extra")


def cache(thing: Any, match: str = "*") -> Iterator[Leaf]:
    """Keys and values of a dictionary or of a Redis (a synchronous client), those whose keys match."""
    if hasattr(thing, "scan_iter"):
        keys = thing.scan_iter(match=match, count=1000)
        if isinstance(keys, AsyncIterator):
            raise TypeError("this Redis client is asynchronous: give a synchronous one of the same server")
        for key in keys:
            kind = thing.type(key)
            kind = kind.decode() if isinstance(kind, bytes) else kind
            if kind == "none":
                continue
            if kind not in REDIS:
                raise TypeError(f"the cache holds a {kind!r}, which is not searched; searched are {', '.join(REDIS)}")
            yield from _entry(key, REDIS[kind](thing, key))
        return
    if not isinstance(thing, Mapping):
        raise TypeError(f"a cache is a mapping or a synchronous Redis client, got {type(thing).__name__}")
    for key, value in thing.items():
        if fnmatchcase(_name(key), match):
            yield from _entry(key, value)


REDIS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "string": lambda redis, key: redis.get(key),
    "hash": lambda redis, key: redis.hgetall(key),
    "list": lambda redis, key: redis.lrange(key, 0, -1),
    "set": lambda redis, key: redis.smembers(key),
    "zset": lambda redis, key: redis.zrange(key, 0, -1),
    "stream": lambda redis, key: redis.xrange(key),
}


def _entry(key: Any, value: Any) -> Iterator[Leaf]:
    yield from leaves(key, ".<key>")
    yield from leaves(value, f"[{_name(key)}]")


def _name(key: Any) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)


def sql(thing: Iterable[Any]) -> Iterator[Leaf]:
    """Statements, alone or with their parameters."""
    yield from leaves(list(thing), ".statements")


def files(thing: str | Path) -> Iterator[Leaf]:
    """A file, or all files of a folder: their names and what is in them."""
    top = Path(thing)
    if not top.exists():
        raise FileNotFoundError(f"{top} is not there, so that searching it would say nothing")
    for path in [top] if top.is_file() else sorted(top.rglob("*")):
        name = path.name if path == top else str(path.relative_to(top))
        yield Leaf("/<name>", name.encode("utf-8", "surrogateescape"))
        if path.is_file():
            yield Leaf(f"/{name}", path.read_bytes())


def error(thing: BaseException) -> Iterator[Leaf]:
    """An error, with its notes, its causes and whatever else it carries."""
    yield from leaves(thing, ".error")


def value(thing: Any) -> Iterator[Leaf]:
    """Anything else: rows of a query, the result of a call."""
    yield from leaves(thing)


PLACES: Final[dict[str, Callable[..., Iterator[Leaf]]]] = {
    "frames": frames,
    "response": response,
    "calls": calls,
    "logs": logs,
    "cache": cache,
    "sql": sql,
    "files": files,
    "error": error,
    "value": value,
}
"""The places there are, by the name that reports and profiles know them by."""
