"""The way to ClickHouse: a server, or the engine inside this process (`chdb:///data/directory`), behind one client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Final, TypeVar

from agent_backend.storage.stores import StoreUnavailable, address

PATIENCE: Final = 5
"""Seconds to wait for the server."""

_SERVER_OPTIONS: Final[dict[str, Any]] = {
    "connect_timeout": PATIENCE,
    "send_receive_timeout": 60,
    "query_retries": 0,
    "autogenerate_session_id": False,
}
_MEND: Final = "check AGENT_BACKEND_CLICKHOUSE_URL"
_SCHEMES: Final = {"clickhouse": "http", "clickhouses": "https"}

Result = TypeVar("Result")
Row = tuple[Any, ...]


class ClickHouse:
    """Runs one statement at a time, in a thread of its own: the client may not be shared by two."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._embedded = url.startswith("chdb:")
        self._client: Any = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="clickhouse")

    @classmethod
    async def open(cls, url: str) -> ClickHouse:
        """Connect at once, or raise StoreUnavailable; without this the first statement connects."""
        opened = cls(url)
        try:
            await opened.ping()
        except StoreUnavailable:
            await opened.close()
            raise
        return opened

    async def close(self) -> None:
        """Let the statement that runs come to its end, then leave."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._leave)
        self._thread.shutdown()

    async def ping(self) -> None:
        """Raise StoreUnavailable unless it answers."""
        await self.query("SELECT 1")

    async def command(self, statement: str) -> None:
        """Run a statement that answers nothing."""
        await self._run(lambda client: client.command(statement))

    async def query(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a query; `{name:Type}` in it stands for a parameter, which is never pasted into the text."""
        result = await self._run(lambda client: client.query(query, parameters=dict(parameters or {})))
        return [tuple(row) for row in result.result_rows]

    async def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert all rows in one block."""
        await self._run(lambda client: client.insert(table, rows, column_names=list(columns)))

    async def _run(self, work: Callable[[Any], Result]) -> Result:
        """A request that is cancelled lets its statement run out in the thread: the next one waits for that."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._named, work)

    def _named(self, work: Callable[[Any], Result]) -> Result:
        if self._client is None:
            self._client = self._connected()
        errors = _driver("clickhouse_connect", "clickhouse").driver.exceptions
        try:
            return work(self._client)
        except (errors.OperationalError, errors.StreamFailureError, OSError) as error:
            self._drain(errors)
            raise StoreUnavailable("ClickHouse", _plain(error, self._url)) from error
        except errors.ClickHouseError:
            self._drain(errors)
            raise

    def _connected(self) -> Any:
        driver = _driver("clickhouse_connect", "clickhouse")
        scheme, _, rest = self._url.partition("://")
        if self._embedded:
            _driver("chdb", "embedded-clickhouse")
        dsn = f"{_SCHEMES.get(scheme, scheme)}://{rest}"
        try:
            return driver.get_client(dsn=dsn, **({} if self._embedded else _SERVER_OPTIONS))
        except (driver.driver.exceptions.ClickHouseError, OSError, ValueError) as error:
            reason = _plain(error, self._url)
            raise StoreUnavailable("ClickHouse", f"{address(self._url)} cannot be used ({reason}); {_MEND}") from error

    def _leave(self) -> None:
        if self._client is not None:
            self._client.close()

    def _drain(self, errors: Any) -> None:
        """The embedded engine leaves what a failed statement had begun to say to the reply of the next one."""
        for _ in range(3 if self._embedded else 0):
            try:
                if self._client.query("SELECT 1").result_rows == [(1,)]:
                    return
            except errors.ClickHouseError:
                continue


def _driver(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise StoreUnavailable(
            "ClickHouse", f"{name} is not installed: pip install 'goldenpath-backend[{extra}]'"
        ) from None


def _plain(error: Exception, url: str = "") -> str:
    """The first line of the driver's reason, which may go on for pages, without a password."""
    line = str(error).strip().partition("\n")[0][:300]
    password = url.rpartition("@")[0].rpartition(":")[2]
    return line.replace(password, "***") if password else line
