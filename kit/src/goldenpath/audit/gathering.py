"""The facts of every file: from the cache where nothing changed, parsed by two processes where something did."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Final, NamedTuple

from goldenpath.audit.allocator import freed_memory_kept
from goldenpath.audit.cache import Cache, Entry
from goldenpath.audit.discovery import Found
from goldenpath.audit.reading import Answer, Job, read_files

WORTH_A_PROCESS: Final = 1_500_000
"""Bytes to parse below which starting a second process takes longer than it saves."""
_CHUNK_BYTES: Final = 300_000

Progress = Callable[[int, int], None]


class Gathered(NamedTuple):
    """The facts of a project, and what it took to get them."""

    cache: Cache
    entries: dict[str, Entry]
    parsed: int
    note: str
    """Why the facts could not be kept, or nothing."""


def gather(
    root: Path, files: list[Found], cache: Cache, progress: Progress | None = None, keep: bool = True
) -> Gathered:
    """Facts of all files, in the order given; what is new or changed is parsed, the largest files first."""
    started = time.time_ns()
    known = cache.entries
    changed = {found.path: found for found in files if not _is_current(known.get(found.path), found)}
    jobs = [
        (found.path, known[found.path].content if found.path in known else "")
        for found in sorted(changed.values(), key=lambda each: -each.size)
    ]
    fresh: dict[str, Entry] = {}
    parsed = 0
    for path, content, encoded in _answers(root, jobs, changed):
        found = changed[path]
        if encoded is None:
            fresh[path] = known[path]._replace(modified=found.modified, size=found.size)
        else:
            parsed += 1
            modified = found.modified if content else -1
            fresh[path] = Entry(modified, found.size, content, encoded.lengths, fresh=encoded.facts)
        if progress is not None:
            progress(len(fresh), len(jobs))
    entries = {found.path: fresh[found.path] if found.path in fresh else known[found.path] for found in files}
    note = ""
    if keep and (changed or len(entries) != len(known)):
        try:
            cache.write(entries, started)
        except OSError as error:
            note = f"the facts are not kept for the next run: {error}"
    return Gathered(cache, entries, parsed, note)


def _is_current(entry: Entry | None, found: Found) -> bool:
    return entry is not None and entry.modified == found.modified and entry.size == found.size


def _answers(root: Path, jobs: list[Job], changed: dict[str, Found]) -> Iterator[Answer]:
    if sum(found.size for found in changed.values()) < WORTH_A_PROCESS or (os.cpu_count() or 1) == 1:
        yield from read_files(str(root), jobs)
    else:
        with freed_memory_kept():
            yield from _by_two(str(root), deque(_chunks(jobs, changed)))


def _by_two(root: str, chunks: deque[list[Job]]) -> Iterator[Answer]:
    """This process and a second one take chunks from one queue until it is empty."""
    from goldenpath.audit.worker import Worker

    answered: SimpleQueue[list[Answer] | BaseException | None] = SimpleQueue()

    def feed(worker: Worker) -> None:
        try:
            while chunks:
                try:
                    chunk = chunks.popleft()
                except IndexError:
                    break
                answered.put(worker.answer(chunk))
            answered.put(None)
        except BaseException as error:
            answered.put(error)

    with Worker(root) as worker:
        feeder = Thread(target=feed, args=(worker,), daemon=True)
        feeder.start()
        while chunks:
            try:
                chunk = chunks.popleft()
            except IndexError:
                break
            yield from read_files(root, chunk)
            while not answered.empty():
                answers = answered.get()
                if isinstance(answers, BaseException):
                    raise answers
                yield from answers or ()
                if answers is None:
                    answered.put(None)
                    break
        while (answers := answered.get()) is not None:
            if isinstance(answers, BaseException):
                raise answers
            yield from answers
        feeder.join()


def _chunks(jobs: list[Job], changed: dict[str, Found]) -> Iterator[list[Job]]:
    chunk: list[Job] = []
    size = 0
    for job in jobs:
        chunk.append(job)
        size += changed[job[0]].size
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
