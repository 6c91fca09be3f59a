"""The one place that knows what is in the environment, who put it there and for how long."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from threading import RLock
from typing import NamedTuple, overload

from goldenpath.environment.dotenv import read_env_file
from goldenpath.environment.faults import ProtectedVariable
from goldenpath.environment.ledger import INHERITED, Change, Entry, Ledger, sealed
from goldenpath.environment.masking import Mask, Variables, is_secret_name
from goldenpath.environment.names import canonical_name
from goldenpath.environment.overlay import Overlay, OverlayStack

_log = logging.getLogger("goldenpath.environment")


class _Before(NamedTuple):
    """What isolation puts back."""

    process: dict[str, str]
    ledger: Ledger
    protected: frozenset[str]
    concealed: frozenset[str]

    def __repr__(self) -> str:
        return f"<{len(self.process)} variables from before isolation>"


class IsolatedEnvironment:
    """The environment variables of this process, with their sources and history, overlays and an isolated mode.

    Outside isolation it reads and writes `os.environ`; in isolation it works on a copy, and `os.environ` is left alone.
    `get_env()` returns the one instance of the process; more are built only over a mapping of your own.
    """

    def __init__(self, process: MutableMapping[str, str] | None = None) -> None:
        self._process = os.environ if process is None else process
        self._values = self._process
        self._ledger = Ledger()
        self._overlays = OverlayStack()
        self._protected: frozenset[str] = frozenset()
        self._concealed: frozenset[str] = frozenset()
        self._before: _Before | None = None
        self._lock = RLock()

    def __repr__(self) -> str:
        mode = "isolated" if self.isolated else "not isolated"
        overlays = len(self._overlays.open_layers())
        return f"<IsolatedEnvironment {mode}, {len(self.all())} variables, {overlays} overlays>"

    @property
    def isolated(self) -> bool:
        """Whether changes stay here instead of reaching `os.environ`."""
        return self._before is not None

    def enable_isolation(self) -> None:
        """Work on a copy of the process environment from now on; does nothing when isolated already."""
        with self._lock:
            if self._before is None:
                self._before = _Before(_copy(self._process), self._ledger, self._protected, self._concealed)
                self._values, self._ledger = _copy(self._process), self._ledger.copy()

    def disable_isolation(self, restore: bool = True) -> None:
        """End isolation; does nothing when not isolated.

        With `restore`, everything is what it was when isolation began: values, history, protection, and `os.environ`
        too, even where somebody wrote to it directly. Without, `os.environ` becomes what isolation held.
        """
        with self._lock:
            if self._before is None:
                return
            kept: Mapping[str, str] = self._values
            if restore:
                kept, self._ledger, self._protected, self._concealed = self._before
            self._before, self._values = None, self._process
            _make_equal(self._process, kept)

    @contextmanager
    def preserved(self) -> Iterator[IsolatedEnvironment]:
        """After the block everything is what it was before: `os.environ`, history, protection, and whether isolated."""
        with self._lock:
            present = _Before(_copy(self._process), self._ledger.copy(), self._protected, self._concealed)
            isolated, outer = _copy(self._values) if self.isolated else None, self._before
            layers = [(layer, layer.copy()) for layer in self._overlays.open_layers()]
        try:
            yield self
        finally:
            with self._lock:
                process, self._ledger, self._protected, self._concealed = present
                self._before, self._values = outer, self._process if isolated is None else isolated
                for layer, as_it_was in layers:
                    layer.become(as_it_was)
                _make_equal(self._process, process)

    @overload
    def get(self, key: str) -> str | None: ...
    @overload
    def get(self, key: str, default: str) -> str: ...
    @overload
    def get(self, key: str, default: str | None) -> str | None: ...
    def get(self, key: str, default: str | None = None) -> str | None:
        """The value of a variable; an empty string is a value, so only an absent variable gives the default."""
        for layer in self._overlays.open_layers():
            entry = layer.last(key)
            if entry is not None:
                return default if entry.value is None else entry.value
        return self._values.get(key, default)

    def exists(self, key: str) -> bool:
        """Whether the variable is set, if only to an empty string."""
        return self.get(key) is not None

    def set(self, key: str, value: str, source: str = "code") -> None:
        """Set a variable; inside an overlay the change belongs to that overlay and ends with it."""
        entries, fault = sealed({key: value}, source)
        del value
        if fault:
            raise fault
        self._apply(entries)

    def update(self, values: Mapping[str, str], source: str = "code") -> None:
        """Set several variables: all of them, or none when one is invalid or protected."""
        entries, fault = sealed(values, source)
        del values
        if fault:
            raise fault
        self._apply(entries)

    def delete(self, key: str, source: str = "code") -> None:
        """Remove a variable; one that is not there stays so."""
        self._apply({key: Entry(None, source)})

    def all(self) -> dict[str, str]:
        """Every variable as this code sees it: a dictionary of your own, whose repr masks secrets."""
        with self._lock:
            seen: dict[str, str | None] = {**_copy(self._values)}
            for layer in reversed(self._overlays.open_layers()):
                seen |= {key: entry.value for key, entry in layer.latest().items()}
            return Variables({key: value for key, value in seen.items() if value is not None}, self._mask())

    def prefixed(self, prefix: str) -> dict[str, str]:
        """The variables whose names begin with the prefix, under their full names."""
        return Variables({key: value for key, value in self.all().items() if key.startswith(prefix)}, self._mask())

    def subprocess_env(self) -> dict[str, str]:
        """What to pass as `env=` to a child process, so that it sees what this code sees, overlays included."""
        return self.all()

    def load_file(self, path: str | os.PathLike[str]) -> tuple[str, ...]:
        """Set what a `.env` file defines and the environment does not have yet; returns the names that were set."""
        bindings = read_env_file(path)
        entries = {
            key: Entry(value, f"{os.fspath(path)}:{line}")
            for key, (value, line) in bindings.items()
            if not self.exists(key)
        }
        del bindings
        self._apply(entries)
        return tuple(entries)

    def overlay(self, /, **variables: str | None) -> Overlay:
        """Values that hold inside one `with` or `async with` block; None hides a variable.

        Only code inside the block sees them, which includes tasks started there until the block ends, not other tasks
        and threads.
        """
        entries, fault = sealed(variables, "overlay", deletable=True)
        del variables
        if fault:
            raise fault
        self._refuse_protected(entries)
        return Overlay(self, self._overlays, Ledger(entries))

    def source_of(self, key: str) -> str | None:
        """Where the present value comes from, or None for a variable that is not set."""
        entries = self._entries(key)
        return entries[-1].source if entries and entries[-1].value is not None else None

    def history(self, key: str) -> tuple[Change, ...]:
        """The steps that led to the present value, oldest first; the values of secrets are masked."""
        mask = self._mask()
        return tuple(
            Change(key, None if entry.value is None else mask.shown(key, entry.value), entry.source)
            for entry in self._entries(key)
        )

    def protect(self, *keys: str) -> None:
        """Refuse every change to these variables, overlays included, until `unprotect` or the end of isolation."""
        with self._lock:
            self._protected |= set(keys)

    def unprotect(self, *keys: str) -> None:
        """Allow changes again."""
        with self._lock:
            self._protected -= set(keys)

    def conceal(self, *keys: str) -> None:
        """Mask these variables wherever they are shown, though their names do not say that they are secret."""
        with self._lock:
            self._concealed |= set(keys)

    def masked(self, values: Mapping[str, str]) -> dict[str, str]:
        """A copy of any variables, whose repr masks secrets as `all()` does."""
        return Variables(_copy(values), self._mask())

    def redact(self, text: str) -> str:
        """The text without the values of the secrets that are or were set, and without passwords inside URLs."""
        return self._mask().redacted(text)

    def environment_name(self, variable: str = "ENVIRONMENT") -> str:
        """Which environment this is: test, dev, staging or prod; a missing or unknown name is an error."""
        return canonical_name(self.get(variable), variable)

    def owns(self, key: str) -> bool:
        """Whether the variable was set or deleted through this object, in this context or in the process."""
        with self._lock:
            layers = [*self._overlays.open_layers(), self._ledger]
            return any(entry.source != INHERITED for layer in layers for entry in layer.entries(key))

    def _apply(self, entries: Mapping[str, Entry]) -> None:
        with self._lock:
            self._refuse_protected(entries)
            layers = self._overlays.open_layers()
            for key, entry in entries.items():
                if layers:
                    layers[0].record(key, entry)
                else:
                    self._write(key, entry)
        self._tell(entries)

    def _write(self, key: str, entry: Entry) -> None:
        stranger = self._stranger(key)
        if stranger is not None:
            self._ledger.record(key, stranger)
        if entry.value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = entry.value
        self._ledger.record(key, entry)

    def _entries(self, key: str) -> list[Entry]:
        """The whole history as seen from here: the process, then the overlays from the outermost in."""
        with self._lock:
            stranger = self._stranger(key)
            return [
                *self._ledger.entries(key),
                *([stranger] if stranger else []),
                *(entry for layer in reversed(self._overlays.open_layers()) for entry in layer.entries(key)),
            ]

    def _stranger(self, key: str) -> Entry | None:
        """What is in the process without having been set here: inherited, or written to `os.environ` directly."""
        last = self._ledger.last(key)
        value = self._values.get(key)
        return Entry(value, INHERITED) if value != (last.value if last else None) else None

    def _refuse_protected(self, keys: Mapping[str, object]) -> None:
        for key in keys:
            if key in self._protected:
                raise ProtectedVariable(key)

    def _mask(self) -> Mask:
        """What is secret in this context, values that have since been replaced or hidden included."""
        with self._lock:
            layers = [self._ledger, *self._overlays.open_layers()]
            keys = {*self._process, *self._values, *(key for layer in layers for key in layer.latest())}
            secret = [key for key in keys if key in self._concealed or is_secret_name(key)]
            values = {entry.value for key in secret for layer in layers for entry in layer.entries(key)}
            values |= {variables.get(key) for key in secret for variables in (self._process, self._values)}
            return Mask(self._concealed, [value for value in values if value])

    def _tell(self, entries: Mapping[str, Entry]) -> None:
        """Log the changes; outside the lock, for a log handler may be waiting for it."""
        if _log.isEnabledFor(logging.DEBUG):
            mask = self._mask()
            for key, entry in entries.items():
                shown = "deleted" if entry.value is None else f"= {mask.shown(key, entry.value)!r}"
                _log.debug("%s %s (%s)", key, shown, entry.source)


def _copy(variables: Mapping[str, str]) -> dict[str, str]:
    """A copy that other threads cannot upset by writing to os.environ meanwhile."""
    found = ((key, variables.get(key)) for key in list(variables))
    return {key: value for key, value in found if value is not None}


def _make_equal(target: MutableMapping[str, str], wanted: Mapping[str, str]) -> None:
    """Change only what differs: os.environ is read by other threads meanwhile."""
    for key in [key for key in target if key not in wanted]:
        del target[key]
    for key, value in wanted.items():
        if target.get(key) != value:
            target[key] = value


_ENVIRONMENT = IsolatedEnvironment()


def get_env() -> IsolatedEnvironment:
    """The environment of this process: the same object every time."""
    return _ENVIRONMENT


def _renew_lock() -> None:
    """A fork may copy the lock while another thread holds it, and that thread does not exist in the child."""
    _ENVIRONMENT._lock = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
