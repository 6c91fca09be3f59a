"""Which errors were logged while a test ran, whatever its loggers do with their records."""

from __future__ import annotations

import logging
from typing import Any


class LoggedErrors:
    """Keeps the records of level ERROR and above that are made between `begin` and `end`.

    It stands at the record factory rather than at the root logger, because a logger that does not propagate would
    otherwise hide its errors from the test that ought to see them.
    """

    def __init__(self) -> None:
        self._records: list[logging.LogRecord] = []
        self._make = logging.getLogRecordFactory()
        self._watching = False

    def begin(self) -> None:
        """Watch from now on."""
        self._make = logging.getLogRecordFactory()
        self._watching = True
        logging.setLogRecordFactory(self._record)

    def end(self) -> None:
        """Step aside; where somebody put another factory on top, stay in the chain without watching."""
        self._watching = False
        if logging.getLogRecordFactory() == self._record:
            logging.setLogRecordFactory(self._make)

    def _record(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        if self._watching and record.levelno >= logging.ERROR:
            self._records.append(record)
        return record

    def require_none(self) -> None:
        """Fail if an error was logged."""
        if self._records:
            told = "\n".join(
                f"  {record.levelname} {record.name}: {record.getMessage()} ({record.pathname}:{record.lineno})"
                for record in self._records
            )
            raise AssertionError(f"{len(self._records)} logged as an error, and none was expected:\n{told}")
