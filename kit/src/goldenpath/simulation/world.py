"""The world as simulated code sees it: clocks that show virtual time, and chance that the seed hands out."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread, get_ident
from typing import Any, Final

EPOCH: Final = 1_767_225_600.0
"""What `time.time()` shows when a simulation begins: 2026-01-01, 00:00 UTC."""
_NANO: Final = 1_000_000_000
_one_at_a_time: Final = Lock()


@contextmanager
def virtual_world(clock: Callable[[], float], seed: int | str, epoch: float = EPOCH) -> Iterator[None]:
    """Within the block, in this thread, `time` follows the clock and `random`, `uuid4` and `secrets` follow the seed.

    Other threads keep the real clocks. Not reached are names imported from `time` beforehand and `datetime.now()`,
    which asks the system itself: take the time from the loop, or inject it.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise RuntimeError("another simulation runs in this process, and there is one clock to show; use processes")
    try:
        with _patched(clock, seed, epoch):
            yield
    finally:
        _one_at_a_time.release()


@contextmanager
def _patched(clock: Callable[[], float], seed: int | str, epoch: float) -> Iterator[None]:
    home = get_ident()
    entropy = random.Random(f"{seed} entropy").randbytes

    def here(real: Callable[..., Any], virtual: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: virtual(*args) if get_ident() == home else real(*args)

    patches: list[tuple[Any, str, Any]] = [
        (time, "time", here(time.time, lambda: epoch + clock())),
        (time, "time_ns", here(time.time_ns, lambda: int((epoch + clock()) * _NANO))),
        (time, "sleep", here(time.sleep, _audited("time.sleep", time.sleep))),
        (Thread, "start", here(Thread.start, _audited("_thread.start_new_thread", Thread.start))),
        (os, "urandom", here(os.urandom, entropy)),
        (random, "_urandom", here(os.urandom, entropy)),
        (sys, "dont_write_bytecode", True),
    ]
    for name in ("monotonic", "perf_counter"):
        patches.append((time, name, here(getattr(time, name), clock)))
        patches.append((time, f"{name}_ns", here(getattr(time, f"{name}_ns"), lambda: int(clock() * _NANO))))

    originals = [(module, name, getattr(module, name)) for module, name, _ in patches]
    state = random.getstate()
    for module, name, value in patches:
        setattr(module, name, value)
    random.seed(f"{seed} random")
    try:
        yield
    finally:
        for module, name, value in originals:
            setattr(module, name, value)
        random.setstate(state)


def _audited(event: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """The function, announced to the audit hooks and so to the fence, as later versions of Python do by themselves."""

    def audited(*args: Any) -> Any:
        sys.audit(event, *args)
        return real(*args)

    return audited
