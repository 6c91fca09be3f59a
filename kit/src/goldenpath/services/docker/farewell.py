"""Remove everything of a stack from the engine; run by the keeper of the stack, or by the reaper after it.

A creation that was under way when its process died may come true later: the stack's directory names what was being
made, and it is waited for.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from goldenpath.environment import get_env
from goldenpath.services.docker.belongings import clear, of_stack
from goldenpath.services.docker.engine import Engine, connect
from goldenpath.services.docker.territory import BEING_MADE
from goldenpath.services.keeping.farewell import FORCED

LATE: Final = 5.0
"""Seconds that an engine may take to come to a creation it was told of before."""
PAUSE: Final = 0.05


def say(
    engine: Engine,
    directory: Path,
    *,
    forced: bool,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Remove what there is, and what was being made as soon as it is there."""
    awaited = {path.name.removesuffix(BEING_MADE) for path in directory.glob(f"*{BEING_MADE}")}
    deadline = clock() + LATE
    while True:
        awaited -= {each.name for each in clear(lambda: of_stack(engine, directory.name), forced=forced)}
        if not awaited or clock() >= deadline:
            return
        pause(PAUSE)


def main() -> None:
    """Take the order from standard input."""
    order = json.load(sys.stdin)
    environ = get_env().all()
    say(connect(environ), Path(order["directory"]), forced=environ.get(FORCED) == "1")


if __name__ == "__main__":
    main()
