"""One file to its facts: read, parse, walk once, and ask every reader what it saw."""

from __future__ import annotations

import ast
import sys
from typing import Final

from goldenpath.audit.extraction.classes import class_row
from goldenpath.audit.extraction.functions import function_row
from goldenpath.audit.extraction.names import Names
from goldenpath.audit.extraction.oddities import oddities
from goldenpath.audit.extraction.outline import outline
from goldenpath.audit.extraction.sightings import Sightings
from goldenpath.audit.extraction.source import Source, parsed
from goldenpath.audit.extraction.suppressions import suppressions
from goldenpath.audit.extraction.syntax import compile_problems, newer_constructs
from goldenpath.audit.facts import Facts, Function, Problem, Sighting, no_facts
from goldenpath.audit.walk import Scope, survey

LARGEST: Final = 4_000_000
"""Bytes; parsing needs some hundred times a file's size, and nobody writes such a file by hand."""
_TEST_WORDS: Final = (b"pytest", b"unittest", b"mock", b"def test")


def facts_of(path: str, data: bytes) -> Facts:
    """What a file says about itself; a file that cannot be judged says why instead."""
    if len(data) > LARGEST:
        return no_facts(Problem("GP004", 1, 0, f"{len(data):,} bytes are more than the {LARGEST:,} that are read"))
    try:
        tree = parsed(data)
    except SyntaxError as error:
        message = error.msg if error.lineno else str(error)
        return no_facts(Problem("GP001", error.lineno or 1, max((error.offset or 1) - 1, 0), message))
    except ValueError as error:
        return no_facts(Problem("GP001", 1, 0, str(error)))
    except (RecursionError, MemoryError):
        return no_facts(Problem("GP004", 1, 0, "nested too deeply to be parsed"))
    try:
        return _read(path, data, tree)
    except RecursionError:
        return no_facts(Problem("GP004", 1, 0, "nested too deeply to be judged"))


def has_to_do_with_tests(path: str, data: bytes) -> bool:
    """Whether a file deserves the close look: by its path or by what it mentions."""
    return "test" in path.lower() or any(word in data for word in _TEST_WORDS)


def _read(path: str, data: bytes, tree: ast.Module) -> Facts:
    scopes = survey(tree)
    try:
        return _facts(path, data, scopes)
    finally:
        for scope in scopes:
            scope.forget()


def _facts(path: str, data: bytes, scopes: list[Scope]) -> Facts:
    names = Names(scopes)
    source = Source(data)
    close = has_to_do_with_tests(path, data)
    sightings = Sightings(names, source)
    classes = [class_row(scope, names) for scope in scopes if scope.kind == "class"]
    functions: list[Function] = []
    odd: list[Sighting] = []
    if close:
        for scope in scopes:
            sightings.read(scope)
            odd.extend(oddities(scope, names))
            if scope.kind == "function":
                functions.append(function_row(scope, names, source))
    newer = list(newer_constructs(scopes, source))
    if not data.isascii():
        for rows in (sightings.mocks, sightings.patches, sightings.environ, sightings.infrastructure, odd, newer):
            rows[:] = [row._replace(span=source.in_characters(row.span)) for row in rows]
    top_level = {row.name: index for index, row in enumerate(classes) if row.where == "module"}
    return Facts(
        outline=outline(classes, functions),
        problems=compile_problems(scopes, data),
        imports=names.imports,
        namespace=names.namespace(top_level),
        classes=classes,
        functions=functions,
        mocks=sightings.mocks,
        patches=sightings.patches,
        environ=sightings.environ,
        infrastructure=sightings.infrastructure,
        oddities=odd,
        suppressions=suppressions(data),
        syntax=newer,
    )


def interpreter() -> str:
    """The Python that parses, which is part of what facts depend on."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"
