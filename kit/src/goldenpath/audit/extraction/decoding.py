"""Bytes to text exactly as the interpreter does it: byte-order mark, coding line, universal newlines untouched."""

from __future__ import annotations

import codecs
import io
import tokenize

_BOM = codecs.BOM_UTF8


def encoding_of(data: bytes) -> tuple[str, bytes]:
    """The declared encoding (UTF-8 when none is) and the byte-order mark, if there is one."""
    declared, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    if data.startswith(_BOM):
        return "utf-8", _BOM
    return declared, b""


def decoded(data: bytes) -> str:
    """The text of a source file, without its byte-order mark."""
    if data.isascii():
        return data.decode("ascii") if b"coding" not in data[:400] else _declared(data)
    return _declared(data)


def _declared(data: bytes) -> str:
    encoding, mark = encoding_of(data)
    return data[len(mark) :].decode(encoding)
