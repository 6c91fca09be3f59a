"""Sees doubles being built and code being patched, by unittest.mock and by this toolkit, and where that happens."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final

from goldenpath.plugin.arrivals import Arrivals

BUILDING: Final = {
    "unittest.mock": ("NonCallableMock.__new__", "_patch.__enter__", "_patch_dict._patch_dict"),
    "mock.mock": ("NonCallableMock.__new__", "_patch.__enter__", "_patch_dict._patch_dict"),
    "goldenpath.doubles.compiler": ("make",),
    "goldenpath.websocket.manager": ("MockWebSocketManager.__init__",),
}
"""What every double and every patch goes through."""

_SHOWN: Final = {
    "_patch.__enter__": "patches",
    "_patch_dict._patch_dict": "patches a dictionary",
    "make": "builds a double",
    "MockWebSocketManager.__init__": "builds MockWebSocketManager()",
}
_PLUMBING: Final = ("unittest.mock", "mock.", "pytest_mock", "contextlib", "goldenpath.")
_RUNNING: Final = ("_pytest.", "pluggy.", "pytest_asyncio.", "asyncio.", "anyio.")


class MockPolicyViolation(AssertionError):
    """A double was built, or something patched, where the real parts are to be tested."""

    def __init__(self, sight: str, why: str) -> None:
        super().__init__(f"{sight} {why}")
        self.sight = sight


class MockWatch:
    """Watches while it is told to, in every thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: list[MockPolicyViolation] | None = None
        self._refusing = False
        self._where = ""
        self._why = ""
        self._replaced: list[tuple[Any, str, Any]] = []

    def install(self, arrivals: Arrivals) -> None:
        """Stand at the places where doubles are made."""
        for module in BUILDING:
            arrivals.await_module(module, self._stand_in)

    def remove(self) -> None:
        """Step aside."""
        while self._replaced:
            holder, name, original = self._replaced.pop()
            setattr(holder, name, original)

    @contextmanager
    def watching(self, why: str, *, where: str, refusing: bool) -> Iterator[list[MockPolicyViolation]]:
        """Note what is built inside the block, and raise there if `refusing`; `where` stands for a line unknown."""
        outer = self._seen, self._refusing, self._where, self._why
        seen: list[MockPolicyViolation] = []
        self._seen, self._refusing, self._where, self._why = seen, refusing, where, why
        try:
            yield seen
        finally:
            self._seen, self._refusing, self._where, self._why = outer

    def _stand_in(self, module: ModuleType) -> None:
        for path in BUILDING[module.__name__]:
            owner, _, name = path.rpartition(".")
            holder = getattr(module, owner, None) if owner else module
            original = vars(holder).get(name) if holder is not None else None
            if original is not None:
                self._replaced.append((holder, name, original))
                seen = self._seeing(getattr(original, "__func__", original), _SHOWN.get(path))
                setattr(holder, name, staticmethod(seen) if name == "__new__" else seen)

    def _seeing(self, original: Callable[..., Any], shown: str | None) -> Callable[..., Any]:
        @wraps(original)
        def built(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            if self._seen is not None:
                self._see(shown or f"builds {args[0].__name__}()", sys._getframe(1))
            return original(*args, **kwargs)

        return built

    def _see(self, what: str, frame: FrameType) -> None:
        __tracebackhide__ = True
        violation = MockPolicyViolation(f"{self._place(frame)} {what}", self._why)
        assert self._seen is not None
        self._seen.append(violation)
        if self._refusing:
            raise violation

    def _place(self, frame: FrameType | None) -> str:
        """The innermost line that is not plumbing; a decorated test is entered by its runner, and stands for itself."""
        while frame is not None and _module_of(frame).startswith(_PLUMBING):
            frame = frame.f_back
        if frame is None or _module_of(frame).startswith(_RUNNING):
            return self._where
        file = frame.f_code.co_filename.removeprefix(f"{self._root}{os.sep}")
        return f"{file}:{frame.f_lineno}"


def _module_of(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', '')}."
