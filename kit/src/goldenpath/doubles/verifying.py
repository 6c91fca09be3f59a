"""What can be wrong with a double after the test: a call nobody awaited, a planned failure that never came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from goldenpath.doubles.failures import FailurePlan, times
from goldenpath.doubles.flavours import AsyncRecorder
from goldenpath.doubles.instance import Double, children
from goldenpath.doubles.recorder import Recorder


def complaints(double: Double, plan: FailurePlan | None) -> Iterator[str]:
    """What is wrong, each in a line."""
    for recorder in recorders(double):
        if isinstance(recorder, AsyncRecorder) and recorder.call_count > recorder.await_count:
            called, awaited = times(recorder.call_count), times(recorder.await_count)
            yield f"{recorder._path} was called {called} and awaited {awaited}"
    if plan is not None and (unmet := plan.unmet()):
        yield unmet


def recorders(held: Any) -> Iterator[Recorder]:
    """Every recorder touched under a double, however deep."""
    for child in children(held) if isinstance(held, Double) else held._children():
        if isinstance(child, Recorder):
            yield child
        yield from recorders(child)
