"""Files to encoded facts, one after the other, in whichever process is asked."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator

from goldenpath.audit.cache import Encoded, content_of, encode
from goldenpath.audit.extraction import facts_of
from goldenpath.audit.facts import Problem, no_facts

Job = tuple[str, str]
"""A path, and the content the cache knows it with."""
Answer = tuple[str, str, Encoded | None]
"""A path, its content now, and its encoded facts: None when the content is the known one."""


def read_files(root: str, jobs: Iterable[Job]) -> Iterator[Answer]:
    """Read and judge files one by one.

    What it makes holds no cycles, so the collector would only walk them in vain: it is paused meanwhile.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        for path, known in jobs:
            try:
                with open(os.path.join(root, path), "rb") as file:
                    data = file.read()
            except OSError as error:
                yield path, "", encode(no_facts(Problem("GP004", 1, 0, f"cannot be read: {error.strerror}")))
                continue
            content = content_of(data)
            yield path, content, None if content == known else encode(facts_of(path, data))
    finally:
        if collecting:
            gc.enable()
