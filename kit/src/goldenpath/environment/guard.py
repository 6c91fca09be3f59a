"""Find code that reads `os.environ` behind the back of the test that runs it.

What counts is the innermost frame that is not plumbing. The interpreter, the standard library, installed packages and
this toolkit may read what they like: a test cannot be asked to declare what `subprocess` or `tempfile` look up. All
other code is the test or the code under test. The mapping's own methods, `os.path.expandvars` and generated code stand
for whoever called them.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from goldenpath.environment.faults import UndeclaredRead
from goldenpath.environment.isolated import get_env

EVERYTHING: Final = "*"
"""Declares, or names, a read of the whole environment."""

_PLUMBING: Final = {"os", "collections.abc", "_collections_abc"}
_EXPANDING: Final = {"posixpath", "ntpath"}
_FOREIGN_FOLDERS: Final = tuple(
    {
        str(Path(folder).resolve()) + os.sep
        for kind, folder in sysconfig.get_paths().items()
        if kind in {"stdlib", "platstdlib", "purelib", "platlib", "scripts"}
    }
    | {str(Path(__file__).resolve().parents[1]) + os.sep}
)
_GUARDED: Final = ("__getitem__", "__iter__", "__setitem__", "__delitem__", "__repr__")
_INSTALLED: Final = {"site-packages", "dist-packages"}

Reads = list[UndeclaredRead]


class EnvironGuard:
    """Refuses undeclared reads of `os.environ` while it watches, and remembers those that somebody swallowed.

    A variable is declared when it is `allowed`, named by the watch, set or deleted through `get_env()`, or written to
    `os.environ` since the guard was installed and not yet put back.
    """

    def __init__(
        self, *, allowed: Collection[str] = (), packages: Collection[str] = (), claimants: Collection[str] = ()
    ) -> None:
        """`packages` are guarded although installed; reading in the files `claimants` declares the variable."""
        self._allowed = frozenset(allowed)
        self._packages = frozenset(packages)
        self._claimants = frozenset(claimants)
        self._inherited: dict[str, str] = {}
        self._changed: set[str] = set()
        self._claimed: set[str] = set()
        self._declared: frozenset[str] = frozenset()
        self._reads: Reads | None = None
        self._foreign: dict[str, bool] = {}
        self._originals: dict[str, Callable[..., Any]] = {}

    def install(self) -> None:
        """Stand between everybody and `os.environ`: its class is changed, so that every reference to it is covered."""
        environ = type(os.environ)
        self._inherited = dict(os.environ)
        self._originals = {name: getattr(environ, name) for name in _GUARDED}
        get, iterate, put, remove, _ = self._originals.values()

        def getitem(mapping: Any, key: Any) -> Any:
            __tracebackhide__ = True
            self._check(key)
            return get(mapping, key)

        def iterated(mapping: Any) -> Any:
            __tracebackhide__ = True
            self._check(EVERYTHING)
            return iterate(mapping)

        def setitem(mapping: Any, key: Any, value: Any) -> None:
            with self._noting(key):
                put(mapping, key, value)

        def delitem(mapping: Any, key: Any) -> None:
            with self._noting(key):
                remove(mapping, key)

        def masked(mapping: Any) -> str:
            """A refusal passes through the standard library, and pytest prints the arguments there: os.environ."""
            plain = {os.fsdecode(key): os.fsdecode(get(mapping, key)) for key in iterate(mapping)}
            return f"environ({get_env().masked(plain)!r})"

        for name, replacement in zip(_GUARDED, (getitem, iterated, setitem, delitem, masked), strict=True):
            setattr(environ, name, replacement)

    def remove(self) -> None:
        """Step aside."""
        for name, original in self._originals.items():
            setattr(type(os.environ), name, original)
        self._originals = {}

    @contextmanager
    def watch(self, declared: Collection[str] = ()) -> Iterator[Reads]:
        """Refuse undeclared reads inside the block, in any thread; gives the list that they are noted in."""
        outer = self._reads, self._declared, self._claimed
        reads: Reads = []
        self._reads, self._declared, self._claimed = reads, frozenset(declared), set()
        try:
            yield reads
        finally:
            self._reads, self._declared, self._claimed = outer

    def _check(self, key: Any) -> None:
        """Raise for an undeclared read; the frames of the guard itself are hidden from pytest's tracebacks."""
        __tracebackhide__ = True
        reads = self._reads
        if reads is None or not isinstance(key, str | bytes):
            return
        variable = os.fsdecode(key)
        reader = _reader(sys._getframe(2))
        if reader.f_code.co_filename in self._claimants:
            self._claimed.add(variable)
        elif not self._is_foreign(reader) and not self._is_declared(variable):
            fault = UndeclaredRead(variable, f"{reader.f_code.co_filename}:{reader.f_lineno}")
            reads.append(fault)
            raise fault

    def _is_declared(self, variable: str) -> bool:
        declared = self._allowed | self._declared
        return (
            EVERYTHING in declared
            or variable in declared
            or variable in self._changed
            or variable in self._claimed
            or get_env().owns(variable)
        )

    def _is_foreign(self, frame: FrameType) -> bool:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in self._packages:
            return False
        file = frame.f_code.co_filename
        if file not in self._foreign:
            resolved = str(Path(file).resolve())
            installed = not _INSTALLED.isdisjoint(Path(resolved).parts)
            self._foreign[file] = file.startswith("<") or installed or resolved.startswith(_FOREIGN_FOLDERS)
        return self._foreign[file]

    @contextmanager
    def _noting(self, key: Any) -> Iterator[None]:
        """A variable that somebody writes is declared, until its inherited value is put back.

        Writing the value that is there already is no putting back: a test may set what the machine happens to have.
        """
        before = self._present(key)
        yield
        after, variable = self._present(key), os.fsdecode(key)
        if after != self._inherited.get(variable):
            self._changed.add(variable)
        elif before == after:
            self._claimed.add(variable)
        else:
            self._changed.discard(variable)

    def _present(self, key: Any) -> str | None:
        try:
            return str(self._originals["__getitem__"](os.environ, os.fsdecode(key)))
        except KeyError:
            return None


def _reader(frame: FrameType) -> FrameType:
    """The frame that answers for a read: the innermost that is not plumbing."""
    while frame.f_back is not None and _is_plumbing(frame):
        frame = frame.f_back
    return frame


def _is_plumbing(frame: FrameType) -> bool:
    module, code = frame.f_globals.get("__name__"), frame.f_code
    if module in _PLUMBING or (module in _EXPANDING and code.co_qualname.startswith("expandvars")):
        return True
    return code.co_filename.startswith("<") and not code.co_filename.startswith("<frozen ")
