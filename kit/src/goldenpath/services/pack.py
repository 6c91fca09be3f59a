"""A directory tree in one file: written whole or not at all, checked when read, and unpacked in one pass.

The first line is a JSON header with the digest of all that follows; equal files are stored once. Unpacking an
initialised PostgreSQL data directory from it takes half the time of copying the directory.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from goldenpath.services import places

FORMAT: Final = 1


class DamagedPack(Exception):
    """The file is torn, foreign or of another format."""


def write(source: Path, target: Path) -> None:
    """Pack the tree at `source` into the file `target`, which appears whole or not at all."""
    folders: list[str] = []
    files: list[list[Any]] = []
    contents = bytearray()
    seen: dict[bytes, int] = {}
    for path in sorted(source.rglob("*")):
        name = str(path.relative_to(source))
        if path.is_dir():
            folders.append(name)
            continue
        content = path.read_bytes()
        offset = seen.setdefault(hashlib.sha256(content).digest(), len(contents))
        if offset == len(contents):
            contents += content
        files.append([name, offset, len(content)])
    index = json.dumps({"folders": folders, "files": files}).encode()
    body = len(index).to_bytes(8, "big") + index + contents
    header = {"format": FORMAT, "length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    places.write_whole(target, json.dumps(header).encode() + b"\n", body)


def unpack(source: Path, target: Path, owner: tuple[int, int] | None = None) -> None:
    """Unpack the file `source` into the new directory `target`; raises DamagedPack before anything is written."""
    body = _checked(source.read_bytes())
    size = int.from_bytes(body[:8], "big")
    _write_tree(json.loads(bytes(body[8 : 8 + size])), body[8 + size :], target, owner)


def _checked(packed: bytes) -> memoryview:
    newline = packed.find(b"\n")
    try:
        header = json.loads(packed[: max(newline, 0)])
        expected = (header["format"], header["length"], header["sha256"])
    except (ValueError, TypeError, KeyError):
        raise DamagedPack("it has no header") from None
    body = memoryview(packed)[newline + 1 :]
    if expected != (FORMAT, len(body), hashlib.sha256(body).hexdigest()):
        raise DamagedPack("its contents do not match its header")
    return body


def _write_tree(index: dict[str, Any], contents: memoryview, target: Path, owner: tuple[int, int] | None) -> None:
    uid, gid = owner or (-1, -1)
    for folder in ["", *index["folders"]]:
        path = os.path.join(target, folder)
        os.mkdir(path, 0o700)
        if owner:
            os.chown(path, uid, gid)
    for name, offset, length in index["files"]:
        descriptor = os.open(os.path.join(target, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            while length:
                written = os.write(descriptor, contents[offset : offset + length])
                offset, length = offset + written, length - written
            if owner:
                os.fchown(descriptor, uid, gid)
        finally:
            os.close(descriptor)
