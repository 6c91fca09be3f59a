"""A kept JSON document: its first line says what it is, of which version, how long, and with which checksum."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any, Final

from goldenpath.keeping.writing import write_whole

_HEADER_LIMIT: Final = 4096


class Unusable(ValueError):
    """The file is there and is not what was expected: torn, edited, of another version, or of another program."""


def read_document(path: Path, kind: str, version: int) -> Any:
    """The content of a document; None when there is no such file, `Unusable` when it cannot be trusted."""
    try:
        with path.open("rb") as file:
            header = file.readline(_HEADER_LIMIT)
            body = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None
    found = _fields(header)
    if found is None or found.get("format") != kind:
        raise Unusable(f"{path} is not a {kind} file")
    if found.get("version") != version:
        raise Unusable(f"{path} is a {kind} file of version {found.get('version')}, not {version}")
    if found.get("bytes") != len(body):
        raise Unusable(f"{path} is torn: {len(body)} bytes where its first line promises {found.get('bytes')}")
    if found.get("crc") != zlib.crc32(body):
        raise Unusable(f"{path} was damaged or edited: its checksum does not match")
    return json.loads(body)


def write_document(path: Path, kind: str, version: int, content: object) -> None:
    """Put a document in the place of the one before it, whole or not at all."""
    body = json.dumps(content, separators=(",", ":")).encode()
    header = {"format": kind, "version": version, "bytes": len(body), "crc": zlib.crc32(body)}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, json.dumps(header).encode() + b"\n", body)


def _fields(header: bytes) -> dict[str, Any] | None:
    try:
        fields = json.loads(header)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None
