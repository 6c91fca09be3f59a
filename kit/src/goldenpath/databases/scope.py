"""The scope that undoes every commit, for whichever driver and kind of test asks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Any, Literal

from goldenpath.databases.errors import DatabaseTestError
from goldenpath.databases.scratch import Scratch

ScopeDriver = Literal["psycopg", "asyncpg", "sqlalchemy"]


class Scope:
    """Enter with `with` or `async with`; what it gives depends on the driver."""

    def __init__(self, driver: ScopeDriver, scratch: Callable[[], Scratch]) -> None:
        self.driver = driver
        self._scratch = scratch
        self._sync: AbstractContextManager[Any] | None = None
        self._async: AbstractAsyncContextManager[Any] | None = None

    def __enter__(self) -> Any:
        from goldenpath.databases import scopes

        if self.driver == "asyncpg":
            raise DatabaseTestError("asyncpg has only async connections; use 'async with'")
        opened: Callable[[Scratch], AbstractContextManager[Any]] = {
            "psycopg": scopes.psycopg_scope,
            "sqlalchemy": scopes.sqlalchemy_scope,
        }[self.driver]
        self._sync = opened(self._scratch())
        return self._sync.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._sync is not None
        return self._sync.__exit__(kind, error, trace)

    async def __aenter__(self) -> Any:
        import asyncio

        from goldenpath.databases import scopes

        opened: Callable[[Scratch], AbstractAsyncContextManager[Any]] = {
            "psycopg": scopes.async_psycopg_scope,
            "asyncpg": scopes.asyncpg_scope,
            "sqlalchemy": scopes.async_sqlalchemy_scope,
        }[self.driver]
        self._async = opened(await asyncio.to_thread(self._scratch))
        return await self._async.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._async is not None
        return await self._async.__aexit__(kind, error, trace)
