"""The marks that say which tier a test belongs to, and what the runner has to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

TIERS: Final = {
    "integration": "uses real services; builds no doubles",
    "e2e": "drives a whole running system from the outside",
}
RUNNING: Final = {
    "heavy": "holds the `heavy` token, of which the run has few",
    "exclusive": "runs while nothing else does",
    "resource(*names)": "holds these tokens while it runs",
    "timeout(seconds)": "is ended after so many seconds, with its stack in the report",
    "real_llm": "talks to a real language model: runs with --real-llm only",
    "real_services": "needs services that are not started here: runs with --real-services only",
}
"""What `goldenpath run` goes by; pytest alone, however strict about marks, takes them as well."""


def pytest_configure(config: pytest.Config) -> None:
    register(config, TIERS)
    register(config, RUNNING)


def register(config: pytest.Config, marks: Mapping[str, str]) -> None:
    """Make marks known that are not."""
    known = {line.partition(":")[0].partition("(")[0] for line in config.getini("markers")}
    for name, meaning in marks.items():
        if name.partition("(")[0] not in known:
            config.addinivalue_line("markers", f"{name}: {meaning}")
