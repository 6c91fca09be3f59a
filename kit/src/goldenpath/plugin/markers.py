"""The marks that say which tier a test belongs to."""

from __future__ import annotations

from typing import Final

import pytest

MARKS: Final = {
    "integration": "uses real services; builds no doubles",
    "e2e": "drives a whole running system from the outside",
}


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
