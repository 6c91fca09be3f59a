"""The facts of files, kept between runs: a file that has not changed is not read again."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from goldenpath.keeping import Unusable, read_document, write_document
from goldenpath.runner.census.facts import EMPTY, Module, decoded
from goldenpath.runner.census.reading import may_hold_tests, read_module
from goldenpath.runner.census.walk import Found

_KIND: Final = "goldenpath-census"
_VERSION: Final = 1
_UNSETTLED: Final = 100_000_000
"""A file modified this shortly before it was read may be modified again without its time changing (nanoseconds)."""


class Shelf:
    """What is known of the files of one project."""

    def __init__(self, root: Path, path: Path | None, now: int) -> None:
        self._root = root
        self._path = path
        self._now = now
        self._kept: dict[str, list[Any]] = {}
        self._modules: dict[str, Module] = {}
        self._changed = False
        self.notice = ""
        """Why what was kept could not be used, or what is new could not be kept."""
        self.parsed = 0
        """How many files had to be read."""
        if path is not None:
            try:
                self._kept = self._opened(read_document(path, _KIND, _VERSION))
            except Unusable as error:
                self.notice = f"{error}; it is made anew"

    @staticmethod
    def _opened(content: Any) -> dict[str, list[Any]]:
        if content is None or content["makers"] != _makers():
            return {}
        files: dict[str, list[Any]] = content["files"]
        return files

    def module(self, found: Found, certain: bool) -> Module:
        """The facts of a file; of one that is not certain to be a test file, only if it holds something like a test."""
        known = self._modules.get(found.path)
        if known is not None:
            return known
        row = self._kept.get(found.path)
        if row is not None and row[0] == found.modified and row[1] == found.size and (row[2] or not certain):
            module = decoded(row[3]) if row[3] else EMPTY
        else:
            module = self._read(found, certain)
        self._modules[found.path] = module
        return module

    def _read(self, found: Found, certain: bool) -> Module:
        self._changed = True
        self.parsed += 1
        try:
            source = (self._root / found.path).read_bytes()
        except OSError as error:
            return EMPTY._replace(problem=f"cannot be read: {error.strerror}", line=1)
        module = read_module(source) if certain or may_hold_tests(source) else EMPTY
        settled = found.modified if found.modified < self._now - _UNSETTLED else -1
        self._kept[found.path] = [settled, found.size, certain, None if module is EMPTY else module]
        return module

    def keep(self) -> None:
        """Write what is new; a disk that is full costs the next run time, and this one a notice."""
        if self._path is None or not self._changed:
            return
        try:
            write_document(self._path, _KIND, _VERSION, {"makers": _makers(), "files": self._kept})
        except OSError as error:
            self.notice = f"the facts of the census are not kept for the next run: {error}"


@contextmanager
def without_collector() -> Iterator[None]:
    """Syntax trees are many objects and no cycles: the collector would only count them, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@cache
def _makers() -> str:
    """The identity of what makes facts: other code or another Python makes other ones, and nobody has to remember."""
    here = Path(__file__).parent
    sources = b"".join((here / name).read_bytes() for name in ("facts.py", "literals.py", "reading.py"))
    return f"{sys.version_info[0]}.{sys.version_info[1]} {blake2b(sources, digest_size=10).hexdigest()}"
