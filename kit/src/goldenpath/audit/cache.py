"""The facts of a project between two runs: one versioned file, written atomically, decoded section by section.

The file is a JSON header line, a JSON index, and one blob of JSON sections per source file. Whoever reads keeps the
file open, whoever writes puts a new one in its place: two audits at once cannot tear it, and the later one wins.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import tempfile
import zlib
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

from goldenpath.audit.extraction import LARGEST, interpreter
from goldenpath.audit.facts import NO_OUTLINE, NOTHING, SECTIONS

_FORMAT: Final = "goldenpath-facts"


class Entry(NamedTuple):
    """Where the facts of one file are, and which version of the file they describe."""

    modified: int
    size: int
    content: str
    sections: tuple[bytes, ...] | None
    """The encoded sections, or None while they still lie in the cache file."""
    offset: int = 0
    lengths: tuple[int, ...] = ()

    def length(self, section: int) -> int:
        """How many bytes a section has; none means that it is empty."""
        return len(self.sections[section]) if self.sections is not None else self.lengths[section]


class CacheDamaged(Exception):
    """The cache file does not hold what its index promises."""


class Cache:
    """One open cache file; `entries` is empty when there is none that fits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, Entry] = {}
        self._memory: mmap.mmap | bytes = b""
        self._start = 0
        self._open()

    def section(self, entry: Entry, index: int) -> Any:
        """One decoded section of one file's facts."""
        if entry.sections is not None:
            raw = entry.sections[index]
        else:
            start = self._start + entry.offset + sum(entry.lengths[:index])
            raw = self._memory[start : start + entry.lengths[index]]
        if not raw:
            return []
        try:
            return json.loads(raw)
        except ValueError:
            raise CacheDamaged(str(self.path)) from None

    def raw(self, entry: Entry) -> tuple[bytes, ...]:
        """All encoded sections of one file's facts."""
        if entry.sections is not None:
            return entry.sections
        at = self._start + entry.offset
        found = []
        for length in entry.lengths:
            found.append(bytes(self._memory[at : at + length]))
            at += length
        return tuple(found)

    def write(self, entries: dict[str, Entry], started: int) -> None:
        """Put a new cache file in the old one's place.

        A file modified while or just before this run looked at it may be modified again without its time changing;
        its time is forgotten, so that the next run compares its content.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        index: list[list[object]] = []
        offset = 0
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                for path, entry in entries.items():
                    lengths = (
                        [len(part) for part in entry.sections] if entry.sections is not None else list(entry.lengths)
                    )
                    settled = entry.modified if entry.modified < started - 100_000_000 else -1
                    index.append([path, settled, entry.size, entry.content, offset, lengths])
                    offset += sum(lengths)
                encoded = json.dumps(index, separators=(",", ":")).encode()
                file.write(_header(len(encoded), offset, zlib.crc32(encoded)))
                file.write(encoded)
                for entry in entries.values():
                    if entry.sections is not None:
                        file.writelines(entry.sections)
                    else:
                        at = self._start + entry.offset
                        file.write(self._memory[at : at + sum(entry.lengths)])
            os.replace(temporary, self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _open(self) -> None:
        try:
            with self.path.open("rb") as file:
                header = file.readline(4096)
                promised = json.loads(header)
                encoded = file.read(promised["index"])
                if header != _header(promised["index"], promised["facts"], zlib.crc32(encoded)):
                    return
                size = os.fstat(file.fileno()).st_size
                self._start = len(header) + len(encoded)
                if size != self._start + promised["facts"]:
                    return
                self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self.entries = {
                    path: Entry(modified, length, content, None, offset, tuple(lengths))
                    for path, modified, length, content, offset, lengths in json.loads(encoded)
                }
        except (OSError, ValueError, KeyError, TypeError):
            self.entries = {}


def encode(facts: Iterable[Any]) -> tuple[bytes, ...]:
    """The sections of one file's facts; an empty one takes no bytes."""
    return tuple(
        json.dumps(section, separators=(",", ":")).encode() if section and section not in _EMPTY else b""
        for section in facts
    )


_EMPTY: Final = (NOTHING, NO_OUTLINE)


def content_of(data: bytes) -> str:
    """The identity of a file's content."""
    return blake2b(data, digest_size=12).hexdigest()


def cache_path(root: Path) -> Path:
    """Where the facts of a project are kept: in the user's cache folder, one file per project."""
    return (
        cache_folder()
        / f"{blake2b(str(root.resolve()).encode('utf-8', 'surrogateescape'), digest_size=10).hexdigest()}.facts"
    )


def cache_folder() -> Path:
    """The user's cache folder, as the platform has it."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    if chosen:
        return Path(chosen) / "goldenpath" / "audit"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "goldenpath" / "audit"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "goldenpath" / "audit"
    return Path.home() / ".cache" / "goldenpath" / "audit"


def _header(index: int, facts: int, check: int) -> bytes:
    fields = {
        "format": _FORMAT,
        "version": _makers(),
        "python": interpreter(),
        "sections": len(SECTIONS),
        "largest": LARGEST,
    }
    return json.dumps({**fields, "index": index, "facts": facts, "crc": check}).encode() + b"\n"


@cache
def _makers() -> str:
    """The identity of the code that makes facts: a change in it makes other facts, and nobody has to remember."""
    here = Path(__file__).parent
    sources = [here / "facts.py", here / "walk.py", here / "vocabulary.py", *sorted((here / "extraction").glob("*.py"))]
    return content_of(b"".join(path.read_bytes() for path in sources))
