from __future__ import annotations

import pytest

from goldenpath.doubles import SSotMockFactory


@pytest.fixture
def factory() -> SSotMockFactory:
    return SSotMockFactory(interfaces={})
