"""The one place that answers what the configuration is."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from agent_backend.config.addresses import password
from agent_backend.config.audit import ConfigChange, changes, log_change
from agent_backend.config.names import FIELDS, SECRETS, hint
from agent_backend.config.problem import ConfigError, Origin, Problem
from agent_backend.config.reading import Reading, Sources, read
from agent_backend.config.settings import Settings

REMEMBERED: Final = 1000
"""Changes that are kept; the log has all of them."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    reading: Reading
    settings: Settings


def _utc_now() -> datetime:
    return datetime.now(UTC)


class UnifiedConfigManager:
    """Reads the settings once, hands out the same frozen object to all, and swaps it whole when told to reload."""

    def __init__(
        self,
        sources: Sources,
        *,
        now: Callable[[], datetime] = _utc_now,
        record: Callable[[ConfigChange], None] = log_change,
    ) -> None:
        self._sources = sources
        self._now = now
        self._record = record
        self._reading = threading.Lock()
        self._history: deque[ConfigChange] = deque(maxlen=REMEMBERED)
        self._snapshot: _Snapshot | None = None

    def get_config(self) -> Settings:
        """The settings; the first call reads them, and raises ConfigError where they cannot be used."""
        return self._current().settings

    def get(self, setting: str) -> Any:
        """One setting by its dotted name, as `get("server.port")`; secrets come wrapped, so that no log shows them."""
        _check(setting)
        return self._current().reading.values[setting]

    def require(self, setting: str) -> Any:
        """One setting for a command that needs no other: what is wrong with the rest does not matter to it."""
        _check(setting)
        return read(self._sources).require(setting)

    def says(self, setting: str) -> Any:
        """What the sources say now of one setting, whatever is wrong with the rest; None when it is not sound."""
        _check(setting)
        return read(self._sources).values.get(setting)

    def secrets(self) -> list[str]:
        """The secrets in force, and the passwords in URLs: for whoever has to keep them out of what is written."""
        values = self._current().reading.values
        revealed = [values[name].get_secret_value() for name in SECRETS if values.get(name) is not None]
        return [*revealed, *(word for word in map(password, revealed) if word)]

    def origin_of(self, setting: str) -> Origin:
        """Where a setting came from."""
        _check(setting)
        return self._current().reading.origins[setting]

    def validate(self) -> list[Problem]:
        """Everything that is wrong with what the sources say now; empty when it could be used. Changes nothing."""
        return list(read(self._sources).problems)

    def reload(self) -> list[ConfigChange]:
        """Read again and swap: readers see the old settings or the new, never a mixture.

        A reading that breaks a rule is refused whole, and what was in force stays so.
        """
        with self._reading:
            reading = read(self._sources)
            fresh = _Snapshot(reading, reading.settings())
            before = self._snapshot.reading.values if self._snapshot else reading.values
            changed = changes(before, reading.values, reading.origins, self._now())
            self._snapshot = fresh
            self._history.extend(changed)
        for change in changed:
            self._record(change)
        return changed

    def history(self) -> tuple[ConfigChange, ...]:
        """The audit record, oldest first."""
        return tuple(self._history)

    def _current(self) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot is None:
            with self._reading:
                if self._snapshot is None:
                    reading = read(self._sources)
                    self._snapshot = _Snapshot(reading, reading.settings())
                snapshot = self._snapshot
        return snapshot


def _check(setting: str) -> None:
    if setting not in FIELDS:
        raise ConfigError(f"{setting!r} is no setting; {hint(setting, list(FIELDS))}")
