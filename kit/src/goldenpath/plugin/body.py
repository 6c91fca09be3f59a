"""The function that does the testing, inside the item that pytest made of it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest


def place_of_body(item: pytest.Function) -> tuple[Any, str]:
    """Where the function can be replaced: Hypothesis keeps a coroutine function to itself."""
    handle = getattr(item.obj, "hypothesis", None)
    if handle is not None and inspect.iscoroutinefunction(getattr(handle, "inner_test", None)):
        return handle, "inner_test"
    return item, "obj"


def is_async(item: pytest.Function) -> bool:
    """Whether the function has to be awaited."""
    return inspect.iscoroutinefunction(getattr(*place_of_body(item)))
