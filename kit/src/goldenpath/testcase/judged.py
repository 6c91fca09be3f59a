"""An assertion about the test so far that can be made about a block as well."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType


class Judged:
    """What was asserted when it was called holds already; as a `with` block, it is asserted of the block too."""

    def __init__(self, enter: Callable[[], None], judge: Callable[[], None]) -> None:
        self._enter = enter
        self._judge = judge

    def __enter__(self) -> None:
        self._enter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._judge()
