"""External servers: TLS, wrong addresses, missing rights."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from goldenpath.services import DefinitionError, Service, ServiceStack, UnavailableError, clients
from goldenpath.services.ports import free_port

from .tls_front import CERTIFICATE, tls_front


@pytest.fixture(scope="module")
def servers() -> Iterator[ServiceStack]:
    with ServiceStack("postgres", Service("redis", tcp=True)) as stack:
        yield stack


@pytest.fixture(scope="module")
def postgres_tls(servers: ServiceStack) -> Iterator[int]:
    assert servers["postgres"].socket is not None
    with tls_front(servers["postgres"].socket, postgres=True) as port:
        yield port


@pytest.fixture(scope="module")
def redis_tls(servers: ServiceStack) -> Iterator[int]:
    assert servers["redis"].socket is not None
    with tls_front(servers["redis"].socket, postgres=False) as port:
        yield port


def password(servers: ServiceStack) -> str:
    return servers["redis"].url.split(":")[2].partition("@")[0]


def test_postgres_over_tls_with_its_certificate_verified(postgres_tls: int) -> None:
    url = f"postgresql://postgres@localhost:{postgres_tls}/postgres?sslmode=verify-full&sslrootcert={quote(str(CERTIFICATE))}"
    with ServiceStack(Service("postgres", url=url)) as stack, stack["postgres"].client() as client:
        assert client.pgconn.ssl_in_use
        assert client.info.dbname.startswith("goldenpath_")


def test_redis_over_tls_with_its_certificate_verified(redis_tls: int, servers: ServiceStack) -> None:
    url = f"rediss://:{password(servers)}@localhost:{redis_tls}/0?ssl_ca_certs={CERTIFICATE}"
    with ServiceStack(Service("redis", url=url)) as stack, stack["redis"].client() as client:
        assert client.ping()


def test_tls_demanded_of_a_postgres_that_has_none() -> None:
    with ServiceStack(Service("postgres", tcp=True)) as plain:
        url = plain["postgres"].url + "?sslmode=require"
        with pytest.raises(UnavailableError, match=r"server does not support SSL.* sslmode=prefer or sslmode=disable"):
            ServiceStack(Service("postgres", url=url)).start()


def test_a_postgres_that_demands_tls_and_a_url_that_refuses_it(postgres_tls: int) -> None:
    url = f"postgresql://postgres@localhost:{postgres_tls}/postgres?sslmode=disable"
    with pytest.raises(UnavailableError, match=r"SSL required.* sslmode=require"):
        ServiceStack(Service("postgres", url=url)).start()


def test_a_postgres_whose_certificate_nobody_vouches_for(postgres_tls: int) -> None:
    url = f"postgresql://postgres@localhost:{postgres_tls}/postgres?sslmode=verify-full"
    with pytest.raises(UnavailableError, match=r"sslrootcert=/path/to/ca.pem"):
        ServiceStack(Service("postgres", url=url)).start()


def test_an_unknown_tls_mode() -> None:
    url = "postgresql://postgres@localhost/postgres?sslmode=sometimes"
    with pytest.raises(UnavailableError, match="sslmode is one of disable, allow, prefer, require"):
        ServiceStack(Service("postgres", url=url)).start()


def test_tls_demanded_of_a_redis_that_has_none(servers: ServiceStack) -> None:
    url = servers["redis"].url.replace("redis://", "rediss://")
    with pytest.raises(UnavailableError, match="redis:// instead of rediss://"):
        ServiceStack(Service("redis", url=url)).start()


def test_a_redis_that_demands_tls_and_a_url_without(redis_tls: int, servers: ServiceStack) -> None:
    url = f"redis://:{password(servers)}@localhost:{redis_tls}/0"
    with pytest.raises(UnavailableError, match="rediss:// instead of redis://"):
        ServiceStack(Service("redis", url=url)).start()


def test_a_redis_whose_certificate_nobody_vouches_for(redis_tls: int, servers: ServiceStack) -> None:
    url = f"rediss://:{password(servers)}@localhost:{redis_tls}/0"
    with pytest.raises(UnavailableError, match=r"ssl_ca_certs=/path/to/ca.pem"):
        ServiceStack(Service("redis", url=url)).start()


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("postgres", "postgresql://u:s3cret@127.0.0.1:{port}/d"),
        ("redis", "redis://:s3cret@127.0.0.1:{port}/0"),
        ("clickhouse", "clickhouse://u:s3cret@127.0.0.1:{port}/d"),
        ("web", "http://u:s3cret@127.0.0.1:{port}/"),
    ],
)
def test_nobody_answers_at_the_url(kind: str, url: str) -> None:
    with pytest.raises(UnavailableError, match=f"service '{kind}'.*127.0.0.1") as refusal:
        ServiceStack(Service(kind, url=url.format(port=free_port()))).start()
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("postgres", "postgresql://h/d?colour=blue"),
        ("redis", "http://h/0"),
        ("clickhouse", "chdb:///tmp/x"),
    ],
)
def test_a_url_of_something_else(kind: str, url: str) -> None:
    with pytest.raises(DefinitionError, match=f"service '{kind}'.* is "):
        ServiceStack(Service(kind, url=url)).start()


def test_external_without_a_url() -> None:
    with pytest.raises(DefinitionError, match="neither url= nor GOLDENPATH_REDIS_URL says where it is"):
        ServiceStack("redis", provider="external", environ={}).start()


def test_a_user_who_may_not_create_databases(servers: ServiceStack) -> None:
    with servers["postgres"].client() as client:
        client.execute("CREATE ROLE guest LOGIN")
    url = servers["postgres"].url.replace("postgres@", "guest@")
    with pytest.raises(UnavailableError, match=r"user 'guest' may not create databases.*ALTER ROLE guest CREATEDB"):
        ServiceStack(Service("postgres", url=url)).start()


def test_a_redis_without_an_empty_database_is_left_alone(servers: ServiceStack) -> None:
    url = servers["redis"].url
    with clients.connect("redis", url) as client:
        for number in range(1, 16):
            client.select(number)
            client.set("yours", number)
        with pytest.raises(UnavailableError, match=r"no logical database .* is both empty and unclaimed"):
            ServiceStack(Service("redis", url=url)).start()
        for number in range(1, 16):
            client.select(number)
            assert client.keys() == [b"yours"]
            client.flushdb()


def test_a_farewell_never_touches_what_is_not_named_like_a_corner(servers: ServiceStack) -> None:
    order = json.dumps({"kind": "postgres", "url": servers["postgres"].url, "name": "postgres"})
    command = [sys.executable, "-m", "goldenpath.services.external.farewell"]
    answer = subprocess.run(command, input=order, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "does not start with 'goldenpath_'" in answer.stderr
