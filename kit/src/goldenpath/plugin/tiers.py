"""Which tier of tests a folder holds, by its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

TIERS: Final = {
    "integration": ("integration", "integration_tests", "integration-tests", "test_integration", "tests_integration"),
    "e2e": ("e2e", "end_to_end", "e2e_tests", "end2end"),
    "unit": ("unit", "unit_tests", "unittests"),
}
REAL: Final = ("integration", "e2e")
"""The tiers whose tests use the real parts, and no doubles."""

_BY_FOLDER: Final = {folder: tier for tier, folders in TIERS.items() for folder in folders}


def tier_of_folders(folders: Iterable[str]) -> str | None:
    """The tier of a file in these folders, outermost first: the innermost one that says so decides."""
    return next((_BY_FOLDER[folder] for folder in reversed(tuple(folders)) if folder in _BY_FOLDER), None)
