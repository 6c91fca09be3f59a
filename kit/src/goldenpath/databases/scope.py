"""The scope that undoes every commit, for whichever driver and kind of test asks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import ModuleType, TracebackType
from typing import Any, Final, Literal

from goldenpath.databases.errors import DatabaseTestError
from goldenpath.databases.scratch import Scratch
from goldenpath.services.clients import driver

ScopeDriver = Literal["psycopg", "asyncpg", "sqlalchemy"]
PACKAGES: Final[dict[ScopeDriver, tuple[str, ...]]] = {
    "psycopg": ("psycopg",),
    "asyncpg": ("psycopg", "asyncpg"),
    "sqlalchemy": ("psycopg", "sqlalchemy"),
}


class Scope:
    """Enter with `with` or `async with`; what it gives depends on the driver."""

    def __init__(self, driver: ScopeDriver, scratch: Callable[[], Scratch]) -> None:
        self.driver = driver
        self._scratch = scratch
        self._sync: AbstractContextManager[Any] | None = None
        self._async: AbstractAsyncContextManager[Any] | None = None

    def __enter__(self) -> Any:
        if self.driver == "asyncpg":
            raise DatabaseTestError("asyncpg has only async connections; use 'async with'")
        scopes = self._scopes()
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

    def _scopes(self, *more: str) -> ModuleType:
        """What opens them, once every package that this driver needs is there."""
        for package in (*PACKAGES[self.driver], *more):
            driver(package)
        from goldenpath.databases import scopes

        return scopes

    async def __aenter__(self) -> Any:
        import asyncio

        scopes = self._scopes(*(["asyncpg"] if self.driver == "sqlalchemy" else []))
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
