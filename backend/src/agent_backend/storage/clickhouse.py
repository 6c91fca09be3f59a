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

_MEND: Final = "check AGENT_BACKEND_CLICKHOUSE_URL"
_SCHEMES: Final = {"clickhouse": "http", "clickhouses": "https"}

Result = TypeVar("Result")
Row = tuple[Any, ...]


class ClickHouse:
    """Runs one statement at a time, in a thread of its own: the client may not be shared by two."""

    def __init__(self, client: Any, driver: Any, *, embedded: bool) -> None:
        self._client = client
        self._driver = driver
        self._embedded = embedded
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="clickhouse")

    @classmethod
    async def open(cls, url: str) -> ClickHouse:
        """Connect, or raise StoreUnavailable; an embedded engine makes its directory."""
        driver = _driver("clickhouse_connect", "clickhouse")
        scheme, _, rest = url.partition("://")
        embedded = scheme == "chdb"
        if embedded:
            _driver("chdb", "embedded-clickhouse")
        dsn = f"{_SCHEMES.get(scheme, scheme)}://{rest}"
        limits = {} if embedded else {"connect_timeout": PATIENCE, "send_receive_timeout": 60, "query_retries": 0}
        try:
            client = await asyncio.to_thread(driver.get_client, dsn=dsn, autogenerate_session_id=False, **limits)
        except (driver.driver.exceptions.ClickHouseError, OSError, ValueError) as error:
            raise StoreUnavailable(
                "ClickHouse", f"{address(url)} cannot be used ({_plain(error, url)}); {_MEND}"
            ) from error
        return cls(client, driver.driver.exceptions, embedded=embedded)

    async def close(self) -> None:
        """Let the statement that runs come to its end, then leave."""
        await self._run(self._client.close)
        self._thread.shutdown()

    async def ping(self) -> None:
        """Raise StoreUnavailable unless it answers."""
        await self.query("SELECT 1")

    async def command(self, statement: str) -> None:
        """Run a statement that answers nothing."""
        await self._run(lambda: self._client.command(statement))

    async def query(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a query; `{name:Type}` in it stands for a parameter, which is never pasted into the text."""
        result = await self._run(lambda: self._client.query(query, parameters=dict(parameters or {})))
        return [tuple(row) for row in result.result_rows]

    async def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert all rows in one block."""
        await self._run(lambda: self._client.insert(table, rows, column_names=list(columns)))

    async def _run(self, work: Callable[[], Result]) -> Result:
        """A request that is cancelled lets its statement run out in the thread: the next one waits for that."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._named, work)

    def _named(self, work: Callable[[], Result]) -> Result:
        try:
            return work()
        except (self._driver.OperationalError, self._driver.StreamFailureError, OSError) as error:
            self._drain()
            raise StoreUnavailable("ClickHouse", _plain(error)) from error
        except self._driver.ClickHouseError:
            self._drain()
            raise

    def _drain(self) -> None:
        """The embedded engine leaves what a failed statement had begun to say to the reply of the next one."""
        for _ in range(3 if self._embedded else 0):
            try:
                if self._client.query("SELECT 1").result_rows == [(1,)]:
                    return
            except self._driver.ClickHouseError:
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
