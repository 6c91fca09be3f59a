"""Fixtures for proof of isolation: two tenants' canaries, and a search whose verdict is the test's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from goldenpath.tenancy import Canary, LeakSearch


@pytest.fixture
def canaries() -> tuple[Canary, Canary]:
    """The canaries of the tenants acme and globex, new for each test."""
    from goldenpath.tenancy import Canary

    return Canary("acme"), Canary("globex")


@pytest.fixture
def leak_search(canaries: tuple[Canary, Canary]) -> Iterator[LeakSearch]:
    """A search for both tenants' marks; a leak, or a search of nothing, fails the test when it ends."""
    from goldenpath.tenancy import LeakSearch

    search = LeakSearch(*canaries)
    yield search
    if not search.report.ok:
        pytest.fail(search.report.explain(), pytrace=False)
