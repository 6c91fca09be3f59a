"""Whether the present task is still wanted."""

from __future__ import annotations

import asyncio


def wanted() -> bool:
    """Whether nobody has cancelled the task that asks.

    `asyncio.wait_for` of Python 3.11, which drivers wait with, can lose the exception of a cancellation, but not its
    count: what goes on for ever asks in each round, or it would outlive its cancellation.
    """
    task = asyncio.current_task()
    return task is None or not task.cancelling()
