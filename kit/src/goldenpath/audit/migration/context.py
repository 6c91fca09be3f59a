"""One file on its way through the steps: what they look at, what they want done, and what they refuse."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from goldenpath.audit.extraction.names import Names
from goldenpath.audit.extraction.source import span
from goldenpath.audit.migration.edits import Document, Edit
from goldenpath.audit.walk import Scope, dotted, survey


@dataclass
class Context:
    """One file on its way: its document, its scopes, its names, and what the steps want done."""

    document: Document
    package: str
    """The package a relative import starts from, when that is certain."""
    imported: Collection[str] | None = None
    """The names other files import, when somebody knows: a class among them has to stay."""
    edits: list[Edit] = field(default_factory=list)
    imports: set[tuple[str, str]] = field(default_factory=set)
    """(module, name) pairs that the new text needs."""
    refusals: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scopes = survey(self.document.tree)
        self.names = Names(self.scopes)

    def meant(self, scope: Scope, node: ast.AST | None) -> str:
        """The canonical dotted name of an expression."""
        name = dotted(node)
        return self.names.canonical(scope, name) if name else ""

    def needs(self, module: str, name: str, line: int) -> bool:
        """Ask for an import; False, with a refusal, when the name means something else in this file."""
        meant = self.names.canonical(self.scopes[0], name)
        taken = any(name in scope.stores or name in scope.params for scope in self.scopes)
        if meant == f"{module}.{name}":
            return True
        if taken or meant != name:
            self.refusals.append((line, f"{name} already means something else in this file"))
            return False
        self.imports.add((module, name))
        return True


def import_edits(context: Context) -> list[Edit]:
    """One new line per module, after the last import of the top of the file."""
    if not context.imports:
        return []
    document = context.document
    top = [part for part in document.tree.body if isinstance(part, (ast.Import, ast.ImportFrom))]
    head = document.tree.body[: document.tree.body.index(top[-1]) + 1] if top else document.tree.body[:1]
    straight = all(isinstance(part, (ast.Import, ast.ImportFrom)) or _is_text(part) for part in head)
    last = top[-1] if top and straight else _last_of_head(document.tree.body)
    modules: dict[str, set[str]] = {}
    for module, name in context.imports:
        modules.setdefault(module, set()).add(name)
    lines = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(modules.items())]
    newline = document.newline
    if last is None:
        return [Edit(0, 0, "".join(line + newline for line in lines))]
    _, at = document.range(last)
    if document.text[at : at + 1] == ";" or span(last)[1] != 0:
        raise_at = span(last)[0]
        context.refusals.append((raise_at, "there is no safe place for a new import"))
        return []
    end = re.compile(r"[^\r\n]*").match(document.text, at)
    assert end is not None
    return [Edit(end.end(), end.end(), "".join(newline + line for line in lines))]


def _last_of_head(body: list[ast.stmt]) -> ast.stmt | None:
    """The docstring and the imports that come before anything else."""
    last = None
    for part in body:
        if not (_is_text(part) or isinstance(part, (ast.Import, ast.ImportFrom))):
            break
        last = part
    return last


def _is_text(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
