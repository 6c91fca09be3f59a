"""What a project offers its own tests, and how often each thing is used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from goldenpath.audit.config import load_config, project_root
from goldenpath.audit.discovery import discover
from goldenpath.cli.find.entry import Entry
from goldenpath.cli.find.reading import File, read
from goldenpath.cli.find.toolkit import HOME

WORDS: Final = re.compile(rb"[A-Za-z_]\w*")
WORTH_READING: Final = re.compile(
    rb"fixture|EventContract|load_contract|parse_contract|Service\(|TestCase|Mock|Fake|Stub|Dummy|Spy|Double"
)
"""Without one of these, a file outside the test suite has nothing for tests."""
SUITE: Final = frozenset({"tests", "test", "testing"})


class Shelf(NamedTuple):
    """What was found in a project, and how much was looked at."""

    entries: list[Entry]
    files: int
    unread: list[str]
    """Files that are no Python, with the reason."""


def project(start: Path) -> Shelf:
    """Everything that the project around `start` offers its tests; the toolkit's own files are not the project's."""
    root = project_root(start.resolve())
    entries, unread, mentions, files = list[Entry](), list[str](), Counter[bytes](), 0
    for found in discover(load_config(root)).files:
        try:
            content = (root / found.path).read_bytes()
        except OSError as error:
            unread.append(f"{found.path}: {error.strerror}")
            continue
        files += 1
        mentions.update(set(WORDS.findall(content)))
        if HOME in (root / found.path).parents:
            continue
        try:
            entries += _offered(found.path, content)
        except (SyntaxError, ValueError, RecursionError) as error:
            unread.append(f"{found.path}: {error}")
    return Shelf([replace(each, uses=mentions[_key(each)] - 1) for each in entries], files, unread)


def _key(entry: Entry) -> bytes:
    return entry.name.rpartition(".")[2].encode()


def _offered(path: str, content: bytes) -> Iterator[Entry]:
    folder, _, name = path.rpartition("/")
    suite = not SUITE.isdisjoint(folder.split("/"))
    is_tests = name.startswith("test_") or name.endswith("_test.py")
    if suite or is_tests or WORTH_READING.search(content):
        yield from read(content.decode(errors="replace"), File(path, "project", suite and not is_tests))
