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


class Encoded(NamedTuple):
    """The facts of one file: its sections one after the other; an empty one takes no bytes."""

    facts: bytes
    lengths: tuple[int, ...]


class Entry(NamedTuple):
    """Where the facts of one file are, and which version of the file they describe."""

    modified: int
    size: int
    content: str
    lengths: tuple[int, ...]
    """How many bytes each section has."""
    offset: int = 0
    fresh: bytes | None = None
    """The encoded facts, while they do not lie in the cache file yet."""


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
        length = entry.lengths[index]
        if not length:
            return []
        start = sum(entry.lengths[:index])
        if entry.fresh is not None:
            raw = entry.fresh[start : start + length]
        else:
            start += self._start + entry.offset
            raw = self._memory[start : start + length]
        try:
            return _decode(raw.decode("ascii"))[0]
        except ValueError:
            raise CacheDamaged(str(self.path)) from None

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
                    settled = entry.modified if entry.modified < started - 100_000_000 else -1
                    index.append([path, settled, entry.size, entry.content, entry.lengths, offset])
                    offset += sum(entry.lengths)
                encoded = _encode(index).encode()
                file.write(_header(len(encoded), offset, zlib.crc32(encoded)))
                file.write(encoded)
                for entry in entries.values():
                    if entry.fresh is not None:
                        file.write(entry.fresh)
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
                    path: Entry(modified, length, content, tuple(lengths), offset)
                    for path, modified, length, content, lengths, offset in json.loads(encoded)
                }
        except (OSError, ValueError, KeyError, TypeError):
            self.entries = {}


def encode(facts: Iterable[Any]) -> Encoded:
    """One file's facts as they are kept."""
    sections = [_encode(section) if section and section not in _EMPTY else "" for section in facts]
    return Encoded("".join(sections).encode("ascii"), tuple(map(len, sections)))


_decode: Final = json.JSONDecoder().raw_decode
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
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
