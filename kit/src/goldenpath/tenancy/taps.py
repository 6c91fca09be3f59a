"""Listening in: what was logged and which statements ran while a test acted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

RECORDED: Final = frozenset(
    {"execute", "executemany", "executescript", "copy", "stream", "fetch", "fetchrow", "fetchval"}
)
"""The methods of database drivers whose arguments are a statement and its parameters."""


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=1)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def listening(name: str | None = None, level: int = logging.DEBUG) -> Iterator[list[logging.LogRecord]]:
    """Every record that reaches this logger (without a name: the root) within the block, as handlers get it."""
    listener, logger = _Listener(), logging.getLogger(name)
    before = logger.level
    logger.addHandler(listener)
    logger.setLevel(min(level, before or level))
    try:
        yield listener.records
    finally:
        logger.removeHandler(listener)
        logger.setLevel(before)


class Statements(list[tuple[Any, ...]]):
    """The statements that ran on the connections and cursors it was wrapped around."""

    def around(self, connection: Any) -> Any:
        """The connection (or cursor, or session), noting down every statement on its way."""
        return _Recorded(connection, self)


class _Recorded:
    """Stands before a connection or a cursor; what it hands out (cursors) is recorded too."""

    def __init__(self, real: Any, statements: Statements) -> None:
        self._real = real
        self._statements = statements

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._real, name)
        if name in RECORDED:
            return self._recording(attribute)
        if name in {"cursor", "transaction"}:
            return lambda *args, **options: _Recorded(attribute(*args, **options), self._statements)
        return attribute

    def _recording(self, method: Any) -> Any:
        def recorded(*args: Any, **options: Any) -> Any:
            self._statements.append((*args, *options.values()))
            return method(*args, **options)

        return recorded

    def __enter__(self) -> Any:
        entered = self._real.__enter__()
        return self if entered is self._real else _Recorded(entered, self._statements)

    def __exit__(self, *exc_info: Any) -> Any:
        return self._real.__exit__(*exc_info)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._real)
