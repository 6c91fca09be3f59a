"""The layers of a run and the modes that choose among them, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FailFast(StrEnum):
    """What a failure stops."""

    NEVER = "never"
    """Nothing: everything runs."""
    FIRST = "first"
    """The whole run, at the first failing test."""
    CATEGORY = "category"
    """The categories that need the failed one."""
    LAYER = "layer"
    """The layers after the one that missed its threshold."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Categories that run together, within a time, and how many of their tests must pass for the next layer to start.

    The threshold decides about the next layer only: a failed test fails the run whatever the threshold says.
    """

    name: str
    budget: float
    """Seconds."""
    threshold: float
    """The share of executed tests that must pass, 0..1."""
    fail_fast: FailFast


BUILT_IN: Final = (
    Layer("fast_feedback", 2 * 60.0, 1.0, FailFast.LAYER),
    Layer("core_integration", 10 * 60.0, 0.95, FailFast.LAYER),
    Layer("service_integration", 20 * 60.0, 0.9, FailFast.CATEGORY),
    Layer("e2e_background", 60 * 60.0, 0.85, FailFast.NEVER),
)

MODES: Final = {
    "fast_feedback": ("fast_feedback",),
    "nightly": ("fast_feedback", "core_integration", "service_integration"),
    "full": tuple(layer.name for layer in BUILT_IN),
}
"""Which layers a mode runs."""
