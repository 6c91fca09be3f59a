"""How a suite says that something must be refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def refused(*names: str) -> Iterator[list[Any]]:
    """Expect an exception with one of these class names in its ancestry.

    By name, because the double raises the library's own class only where the library is loaded. What was raised is put
    into the list that is yielded.
    """
    caught: list[Any] = []
    try:
        yield caught
    except Exception as error:
        ancestry = [ancestor.__name__ for ancestor in type(error).__mro__]
        if not set(names) & set(ancestry):
            raise AssertionError(f"expected {' or '.join(names)}, but {type(error).__name__} was raised") from error
        caught.append(error)
    else:
        raise AssertionError(f"expected {' or '.join(names)}, but nothing was raised")
