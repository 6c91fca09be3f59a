from __future__ import annotations

import pytest

from goldenpath.services.external.redis import numbered
from goldenpath.services.urls import masked, with_path


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:secret@h:1/d?x=1", "postgresql://u:***@h:1/d?x=1"),
        ("redis://:secret@h/0", "redis://:***@h/0"),
        ("postgresql://u@h/d?sslmode=require&password=secret", "postgresql://u@h/d?sslmode=require&password=***"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("chdb:///a/b?database=c", "chdb:///a/b?database=c"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert masked(url) == shown


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("postgresql://u:p@h:1/d?sslmode=require", "postgresql://u:p@h:1/new?sslmode=require"),
        ("postgresql:///d?host=%2Ftmp", "postgresql:///new?host=%2Ftmp"),
        ("postgresql://h", "postgresql://h/new"),
    ],
)
def test_another_database_keeps_everything_else(url: str, other: str) -> None:
    assert with_path(url, "new") == other


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("redis://:p@h:1/0?ssl_cert_reqs=none", "redis://:p@h:1/5?ssl_cert_reqs=none"),
        ("unix:///tmp/r.sock", "unix:///tmp/r.sock?db=5"),
        ("unix://:p@/tmp/r.sock?db=2&x=1", "unix://:p@/tmp/r.sock?x=1&db=5"),
    ],
)
def test_another_logical_database_keeps_everything_else(url: str, other: str) -> None:
    assert numbered(url, 5) == other
