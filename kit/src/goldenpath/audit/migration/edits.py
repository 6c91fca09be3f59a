"""A source file as bytes that edits cut into: whatever no edit covers stays exactly as it was."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from goldenpath.audit.extraction.decoding import encoding_of
from goldenpath.audit.extraction.source import parsed, span

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class Edit(NamedTuple):
    """Replace the text between two positions; an insertion when they are equal."""

    start: int
    end: int
    text: str


class Unsafe(Exception):
    """A file or a result that must not be written; the message says why."""


class Document:
    """The text of one file, its tree, and where each node stands in the text."""

    def __init__(self, data: bytes) -> None:
        try:
            encoding, mark = encoding_of(data)
            self.text = data[len(mark) :].decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError) as error:
            raise Unsafe(f"its encoding cannot be read: {error}") from None
        self._encoding, self._mark = encoding, mark
        if self.encoded(self.text) != data:
            raise Unsafe(f"its {encoding} text does not come back as the same bytes")
        try:
            self.tree = parsed(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise Unsafe(f"it does not parse: {error}") from None
        self._starts = [match.start() for match in _LINE.finditer(self.text)]

    def encoded(self, text: str) -> bytes:
        """Text as this file's bytes."""
        try:
            return self._mark + text.encode(self._encoding)
        except UnicodeEncodeError as error:
            raise Unsafe(f"its {self._encoding} encoding cannot hold the new text: {error}") from None

    def position(self, line: int, column: int) -> int:
        """The place in the text of a line and a column in UTF-8 bytes, as `ast` counts them."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        prefix = self.text[start:end].encode("utf-8", "surrogatepass")[:column]
        return start + len(prefix.decode("utf-8", "surrogatepass"))

    def range(self, node: ast.AST) -> tuple[int, int]:
        """Where a node begins and ends in the text."""
        first, start, last, end = span(node)
        return self.position(first, start), self.position(last, end)

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        start, end = self.range(node)
        return self.text[start:end]

    def replace(self, node: ast.AST, text: str) -> Edit:
        """An edit that puts text in a node's place."""
        return Edit(*self.range(node), text)

    @property
    def newline(self) -> str:
        """The line ending of the file."""
        match = re.search(r"\r\n|\r|\n", self.text)
        return match[0] if match else "\n"

    def applied(self, edits: Iterable[Edit]) -> bytes:
        """The file with the edits made, after proof that its tree differs nowhere else."""
        ordered = sorted(set(edits))
        text, after = self._spliced(ordered)
        data = self.encoded(text)
        changed = Document(data)
        before = [(edit.start, edit.end) for edit in ordered]
        if _skeleton(self, before) != _skeleton(changed, after):
            raise Unsafe("its tree would differ outside of the edits")
        return data

    def _spliced(self, edits: list[Edit]) -> tuple[str, list[tuple[int, int]]]:
        parts: list[str] = []
        places: list[tuple[int, int]] = []
        at = length = 0
        for edit in edits:
            if edit.start < at:
                raise Unsafe("two edits overlap")
            parts += [self.text[at : edit.start], edit.text]
            length += edit.start - at
            places.append((length, length + len(edit.text)))
            length += len(edit.text)
            at = edit.end
        return "".join([*parts, self.text[at:]]), places


def _skeleton(document: Document, edited: list[tuple[int, int]]) -> str:
    """The tree as text, without the nodes that lie inside of an edit."""
    parts: list[str] = []
    todo: list[object] = [document.tree]
    while todo:
        item = todo.pop()
        if isinstance(item, ast.AST):
            if hasattr(item, "lineno") and _inside(document.range(item), edited):
                continue
            parts.append(type(item).__name__)
            touched = isinstance(item, ast.ImportFrom) and _touches(document.range(item), edited)
            for name, value in ast.iter_fields(item):
                if touched and not isinstance(value, (ast.AST, list)):
                    continue
                todo.append(value)
                parts.append(name)
        elif isinstance(item, list):
            todo.extend(item)
        else:
            parts.append(repr(item))
    return "\n".join(parts)


def _inside(place: tuple[int, int], edited: list[tuple[int, int]]) -> bool:
    return any(start <= place[0] and place[1] <= end for start, end in edited)


def _touches(place: tuple[int, int], edited: list[tuple[int, int]]) -> bool:
    """An import statement keeps its origin as plain values, so an edit of the origin lies in the statement itself."""
    return any(place[0] < start and end < place[1] for start, end in edited)
