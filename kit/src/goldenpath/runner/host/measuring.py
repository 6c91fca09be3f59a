"""Coverage of a process and of its forks, each in a data file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def measuring(data_file: str) -> Iterator[None]:
    """Measure which lines run, with the project's own configuration; an empty name measures nothing."""
    if not data_file:
        yield
        return
    import coverage

    measured = coverage.Coverage(data_file=data_file, data_suffix=True)
    measured.start()
    try:
        yield
    finally:
        measured.stop()
        measured.save()
