"""The real servers the conformance suites run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goldenpath import ServiceStack


@pytest.fixture(scope="session")
def services() -> Iterator[ServiceStack]:
    with ServiceStack("postgres", "redis") as stack:
        yield stack
