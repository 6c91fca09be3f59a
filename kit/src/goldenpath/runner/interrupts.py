"""Ctrl-C, taken only where the run can act on it: it never tears a report or a record apart."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self


class Interrupts:
    """As a context manager it catches Ctrl-C; the first is kept until it is allowed, the second ends everything."""

    def __init__(self) -> None:
        self._pressed = False
        self._allowed = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Within, Ctrl-C raises KeyboardInterrupt at once; so does one that was pressed before."""
        self._allowed = True
        try:
            if self._pressed:
                raise KeyboardInterrupt
            yield
        finally:
            self._allowed = False

    def _press(self, *_: object) -> None:
        again, self._pressed = self._pressed, True
        if self._allowed or again:
            raise KeyboardInterrupt
