"""One file's text: decoded as Python decodes it, sliced at AST positions, reduced to digests."""

from __future__ import annotations

import ast
import re
import warnings
import zlib
from functools import cached_property
from typing import cast

from goldenpath.audit.facts import Span

_COMMENT = re.compile(rb"#[^\n]*")


def parsed(data: bytes) -> ast.Module:
    """The tree of a file; warnings about its text belong to those who run it, not to those who read it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(data)


class Source:
    """The bytes of a file and what positions in its tree stand for."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines as UTF-8, which is what `ast` counts columns in, whatever encoding the file declares."""
        from goldenpath.audit.extraction.decoding import decoded

        text = decoded(self.data)
        return text.encode("utf-8", "surrogatepass").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")

    def segment(self, span: Span) -> bytes:
        """The bytes a span covers."""
        first, start, last, end = span
        if first == last:
            return self.lines[first - 1][start:end]
        return b"\n".join([self.lines[first - 1][start:], *self.lines[first : last - 1], self.lines[last - 1][:end]])

    def in_characters(self, span: Span) -> Span:
        """A span whose columns count characters, as people and editors do, and not UTF-8 bytes."""
        first, start, last, end = span
        before, behind = self.lines[first - 1][:start], self.lines[last - 1][:end]
        return first, len(before.decode("utf-8", "replace")), last, len(behind.decode("utf-8", "replace"))

    def digest(self, span: Span) -> str:
        """A digest of what a span says that no formatter changes: blanks, comments, quotes, final commas left out."""
        return digest(normal(self.segment(span)))


def normal(text: bytes) -> bytes:
    """Source text without what a formatter may change."""
    if b"#" in text and b"\n" in text:
        text = _COMMENT.sub(b"", text)
    text = b"".join(text.split()).replace(b"'", b'"')
    return text.replace(b",)", b")").replace(b",]", b"]").replace(b",}", b"}")


def digest(text: bytes) -> str:
    """Eight hexadecimal digits: enough inside one scope of one file, which is where digests are compared."""
    return f"{zlib.crc32(text):08x}"


def span(node: ast.AST) -> Span:
    """Where a statement or expression stands."""
    placed = cast("ast.stmt", node)
    return (
        placed.lineno,
        placed.col_offset,
        placed.end_lineno or placed.lineno,
        placed.end_col_offset or placed.col_offset,
    )


def headline(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
    """The line a definition's name stands on, decorators left out."""
    return (node.lineno, node.col_offset, node.lineno, node.col_offset + 1)
