"""An async Redis client, in the shape of redis-py's, over a dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import timedelta
from fnmatch import fnmatchcase
from math import ceil
from typing import Any, Protocol, TypeVar, runtime_checkable

from goldenpath.doubles.kinds.imported import imported
from goldenpath.doubles.kinds.kind import Kind

Key = str | bytes
Value = str | bytes | int | float
Seconds = int | timedelta
T = TypeVar("T")


@runtime_checkable
class RedisClient(Protocol):
    """Strings, counters, hashes, lists and sets, with expiry."""

    async def ping(self) -> bool: ...
    async def get(self, name: Key) -> Any: ...
    async def set(
        self,
        name: Key,
        value: Value,
        ex: Seconds | None = None,
        px: Seconds | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: bool = False,
    ) -> Any: ...
    async def getdel(self, name: Key) -> Any: ...
    async def delete(self, *names: Key) -> int: ...
    async def exists(self, *names: Key) -> int: ...
    async def keys(self, pattern: Key = "*") -> list[Any]: ...
    async def expire(self, name: Key, time: Seconds) -> bool: ...
    async def ttl(self, name: Key) -> int: ...
    async def incr(self, name: Key, amount: int = 1) -> int: ...
    async def decr(self, name: Key, amount: int = 1) -> int: ...
    async def hset(
        self,
        name: Key,
        key: Key | None = None,
        value: Value | None = None,
        mapping: Mapping[Any, Any] | None = None,
    ) -> int: ...
    async def hget(self, name: Key, key: Key) -> Any: ...
    async def hgetall(self, name: Key) -> dict[Any, Any]: ...
    async def hdel(self, name: Key, *keys: Key) -> int: ...
    async def lpush(self, name: Key, *values: Value) -> int: ...
    async def rpush(self, name: Key, *values: Value) -> int: ...
    async def lpop(self, name: Key) -> Any: ...
    async def lrange(self, name: Key, start: int, end: int) -> list[Any]: ...
    async def llen(self, name: Key) -> int: ...
    async def sadd(self, name: Key, *values: Value) -> int: ...
    async def srem(self, name: Key, *values: Value) -> int: ...
    async def smembers(self, name: Key) -> Set[Any]: ...
    async def sismember(self, name: Key, value: Value) -> int: ...
    async def publish(self, channel: Key, message: Value) -> int: ...
    async def aclose(self) -> None: ...


def now() -> float:
    """The running loop's time."""
    from asyncio import get_running_loop

    return get_running_loop().time()


class Store:
    """Keys and values with their times of death, by the running loop's clock: virtual time expires them too."""

    def __init__(self) -> None:
        self.values: dict[bytes, Any] = {}
        self.deaths: dict[bytes, float] = {}

    def live(self, key: bytes) -> Any:
        """The value of a key that has not expired."""
        if key in self.deaths and self.deaths[key] <= now():
            self.drop(key)
        return self.values.get(key)

    def holding(self, key: bytes, form: type[T]) -> T:
        """The collection under a key, an empty one for none; any other form of value is refused as the server does."""
        value = self.live(key)
        if value is None:
            return form()
        if not isinstance(value, form):
            error = imported("redis.exceptions", "ResponseError", TypeError)
            raise error("WRONGTYPE Operation against a key holding the wrong kind of value")
        return value

    def keep(self, key: bytes, value: Any) -> None:
        """Put a value under a key; an empty collection is no key."""
        if value or isinstance(value, bytes):
            self.values[key] = value
        else:
            self.drop(key)

    def drop(self, key: bytes) -> bool:
        """Forget a key; true if there was one."""
        self.deaths.pop(key, None)
        return self.values.pop(key, None) is not None


class Behaviour:
    """Does in memory what the server does."""

    __slots__ = ("_decodes", "_store")

    def __init__(self, decode_responses: bool = False) -> None:
        self._decodes = decode_responses
        self._store = Store()

    def _read(self, value: bytes | None) -> Any:
        return value.decode() if self._decodes and value is not None else value

    def _string(self, key: bytes) -> bytes | None:
        return self._store.holding(key, bytes) if self._store.live(key) is not None else None

    async def ping(self) -> bool:
        return True

    async def get(self, name: Key) -> Any:
        return self._read(self._string(_bytes(name)))

    async def set(
        self,
        name: Key,
        value: Value,
        ex: Seconds | None = None,
        px: Seconds | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: bool = False,
    ) -> Any:
        key = _bytes(name)
        old = self._string(key) if get else None
        there = self._store.live(key) is not None
        if (nx and there) or (xx and not there):
            return self._read(old)
        if not keepttl:
            self._store.deaths.pop(key, None)
        self._store.values[key] = _bytes(value)
        if ex is not None or px is not None:
            self._dies_in(
                key, _seconds(ex) if ex is not None else _seconds(px) / (1 if isinstance(px, timedelta) else 1000)
            )
        return self._read(old) if get else True

    def _dies_in(self, key: bytes, seconds: float) -> None:
        self._store.deaths[key] = now() + seconds

    async def getdel(self, name: Key) -> Any:
        key = _bytes(name)
        value = self._string(key)
        self._store.drop(key)
        return self._read(value)

    async def delete(self, *names: Key) -> int:
        return sum(self._store.live(key) is not None and self._store.drop(key) for key in map(_bytes, names))

    async def exists(self, *names: Key) -> int:
        return sum(self._store.live(_bytes(name)) is not None for name in names)

    async def keys(self, pattern: Key = "*") -> list[Any]:
        wanted = _bytes(pattern).decode()
        live = [key for key in list(self._store.values) if self._store.live(key) is not None]
        return [self._read(key) for key in live if fnmatchcase(key.decode(), wanted)]

    async def expire(self, name: Key, time: Seconds) -> bool:
        key = _bytes(name)
        if self._store.live(key) is None:
            return False
        self._dies_in(key, _seconds(time))
        return True

    async def ttl(self, name: Key) -> int:
        key = _bytes(name)
        if self._store.live(key) is None:
            return -2
        death = self._store.deaths.get(key)
        return -1 if death is None else ceil(death - now())

    async def incr(self, name: Key, amount: int = 1) -> int:
        key = _bytes(name)
        try:
            number = int(self._string(key) or b"0") + amount
        except ValueError:
            error = imported("redis.exceptions", "ResponseError", ValueError)
            raise error("value is not an integer or out of range") from None
        self._store.values[key] = str(number).encode()
        return number

    async def decr(self, name: Key, amount: int = 1) -> int:
        return await self.incr(name, -amount)

    async def hset(
        self,
        name: Key,
        key: Key | None = None,
        value: Value | None = None,
        mapping: Mapping[Any, Any] | None = None,
    ) -> int:
        fields = self._store.holding(_bytes(name), dict)
        new = {_bytes(field): _bytes(held) for field, held in (mapping or {}).items()}
        if key is not None and value is not None:
            new[_bytes(key)] = _bytes(value)
        if not new:
            raise imported("redis.exceptions", "DataError", ValueError)("'hset' with no key value pairs")
        self._store.keep(_bytes(name), {**fields, **new})
        return len(new.keys() - fields.keys())

    async def hget(self, name: Key, key: Key) -> Any:
        return self._read(self._store.holding(_bytes(name), dict).get(_bytes(key)))

    async def hgetall(self, name: Key) -> dict[Any, Any]:
        fields = self._store.holding(_bytes(name), dict)
        return {self._read(field): self._read(value) for field, value in fields.items()}

    async def hdel(self, name: Key, *keys: Key) -> int:
        fields = self._store.holding(_bytes(name), dict)
        gone = {_bytes(key) for key in keys} & fields.keys()
        self._store.keep(_bytes(name), {field: value for field, value in fields.items() if field not in gone})
        return len(gone)

    async def lpush(self, name: Key, *values: Value) -> int:
        items = [*reversed([_bytes(value) for value in values]), *self._store.holding(_bytes(name), list)]
        self._store.keep(_bytes(name), items)
        return len(items)

    async def rpush(self, name: Key, *values: Value) -> int:
        items = [*self._store.holding(_bytes(name), list), *map(_bytes, values)]
        self._store.keep(_bytes(name), items)
        return len(items)

    async def lpop(self, name: Key) -> Any:
        items = self._store.holding(_bytes(name), list)
        self._store.keep(_bytes(name), items[1:])
        return self._read(items[0]) if items else None

    async def lrange(self, name: Key, start: int, end: int) -> list[Any]:
        items = self._store.holding(_bytes(name), list)
        first, last = (edge + len(items) if edge < 0 else edge for edge in (start, end))
        return [self._read(item) for item in items[max(first, 0) : last + 1]]

    async def llen(self, name: Key) -> int:
        return len(self._store.holding(_bytes(name), list))

    async def sadd(self, name: Key, *values: Value) -> int:
        members = self._store.holding(_bytes(name), set)
        new = set(map(_bytes, values)) - members
        self._store.keep(_bytes(name), members | new)
        return len(new)

    async def srem(self, name: Key, *values: Value) -> int:
        members = self._store.holding(_bytes(name), set)
        gone = members & set(map(_bytes, values))
        self._store.keep(_bytes(name), members - gone)
        return len(gone)

    async def smembers(self, name: Key) -> Set[Any]:
        return set(map(self._read, self._store.holding(_bytes(name), set)))

    async def sismember(self, name: Key, value: Value) -> int:
        return int(_bytes(value) in self._store.holding(_bytes(name), set))

    async def publish(self, channel: Key, message: Value) -> int:
        return 0

    async def aclose(self) -> None:
        return None


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value).encode()
    error = imported("redis.exceptions", "DataError", TypeError)
    raise error(f"a Redis value is bytes, a string or a number, not {type(value).__name__}")


def _seconds(span: Any) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else float(span)


KIND = Kind("redis_client", RedisClient)
