"""How every benchmark measures: both sides in turn in one run, medians, and the machine beside the figures."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

ROUNDS = 7

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Set on some machines, it makes every process of a checkout compile anew what an installed package compiles once."""


def seconds(action: Callable[[], object]) -> float:
    """How long one call takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def taking_turns(*sides: Callable[[], float], rounds: int = ROUNDS) -> list[float]:
    """Each side's median figure, the sides measured in turn so that a drifting machine hits all of them alike."""
    for side in sides:
        side()
    figures = [[side() for side in sides] for _ in range(rounds)]
    return [median(column) for column in zip(*figures, strict=True)]


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


def publish(claim: str, measure: Callable[[], Mapping[str, object]]) -> None:
    """Measure and print: one JSON object with --json, else a line per figure."""
    parser = argparse.ArgumentParser(description=claim)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = {**measure(), "machine": machine()}
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:32} {value:.4g}" if isinstance(value, float) else f"{name:32} {value}")
    sys.stdout.flush()
