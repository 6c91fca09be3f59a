from __future__ import annotations

from collections.abc import Iterator

import pytest

from .browser import Tab, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with chromium() as tab:
        yield tab
