from __future__ import annotations

import pytest

from goldenpath.services import DefinitionError
from goldenpath.services.external.hosts import ALLOW_VARIABLE, refuse_production

REFUSED = [
    "postgresql://u:s3cret@db.prod.example.com/app",
    "postgresql://u@prod-eu1/app",
    "postgresql://u@db-production:5432/app",
    "postgresql://u@10.0.0.1/app_prod",
    "postgresql://production@10.0.0.1/app",
    "postgresql://u@/app?host=db.prod",
    "postgresql://u@ok.example,prod.example/app",
    "redis://cache.live.example.com:6379/0",
    "rediss://redis-primary.internal/0",
    "clickhouse://PROD/analytics",
    "postgresql://u@h/proddb",
]
ACCEPTED = [
    "postgresql://u@localhost/app",
    "postgresql://u@product-db/products",
    "postgresql://u@reproduce.example/delivery",
    "redis://olive.example:6379/0",
    "unix:///tmp/redis.sock",
    "postgresql://u@/app?host=%2Ftmp%2Fx",
]


@pytest.mark.parametrize("url", REFUSED)
def test_a_host_that_looks_like_production_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DefinitionError, match=f"looks like production.*{ALLOW_VARIABLE}=") as refusal:
        refuse_production("db", url, {})
    assert "s3cret" not in str(refusal.value)


@pytest.mark.no_assertions("a host is accepted by not being refused")
@pytest.mark.parametrize("url", ACCEPTED)
def test_other_hosts_are_accepted(url: str) -> None:
    refuse_production("db", url, {})


@pytest.mark.no_assertions("a host is accepted by not being refused")
def test_a_host_that_is_expressly_allowed_is_accepted() -> None:
    refuse_production("db", "postgresql://u@db.prod/app", {ALLOW_VARIABLE: "other, db.prod"})


def test_allowing_one_host_allows_no_other() -> None:
    with pytest.raises(DefinitionError, match="looks like production"):
        refuse_production("db", "postgresql://u@db.prod,db2.prod/app", {ALLOW_VARIABLE: "db.prod"})
