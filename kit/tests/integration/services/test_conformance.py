"""One body for every provider: the handle is the same, whoever runs the service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenpath.environment import get_env
from goldenpath.services import Announces, Service, ServiceError, ServiceStack, clients
from goldenpath.services.urls import masked

KINDS = ("postgres", "redis", "clickhouse")
PROVIDERS = ("embedded", "embedded over TCP", "external")
CASES = [
    (kind, provider) for kind in KINDS for provider in PROVIDERS if (kind, provider) != ("clickhouse", PROVIDERS[1])
]

WRITE = {
    "postgres": lambda client: (client.execute("CREATE TABLE t AS SELECT 42 AS n"), client.commit()),
    "redis": lambda client: client.set("t", 42),
    "clickhouse": lambda client: (
        client.command("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n"),
        client.insert("t", [[42]], column_names=["n"]),
    ),
}
READ = {
    "postgres": lambda client: client.execute("SELECT n FROM t").fetchone()[0],
    "redis": lambda client: int(client.get("t")),
    "clickhouse": lambda client: client.query("SELECT n FROM t").result_rows[0][0],
}
IS_EMPTY = {
    "postgres": lambda client: not client.execute("SELECT FROM pg_tables WHERE tablename = 't'").fetchall(),
    "redis": lambda client: client.dbsize() == 0,
    "clickhouse": lambda client: not client.query("SHOW TABLES").result_rows,
}


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """The servers that play the external ones, and the variables that lead to them."""
    server = Path(__file__).with_name("clickhouse_server.py")
    clickhouse = Service("clickhouse-server", command=[sys.executable, str(server)], ready=Announces())
    with ServiceStack(Service("postgres", tcp=True), Service("redis", tcp=True), clickhouse) as stack:
        host, port = stack["clickhouse-server"].host, stack["clickhouse-server"].port
        yield {
            "GOLDENPATH_POSTGRES_URL": stack["postgres"].url,
            "GOLDENPATH_REDIS_URL": stack["redis"].url,
            "GOLDENPATH_CLICKHOUSE_URL": f"clickhouse://{host}:{port}/default?compress=false",
        }


@pytest.fixture(params=CASES, ids=" ".join)
def asked(request: pytest.FixtureRequest, servers: dict[str, str]) -> tuple[Service, dict[str, str]]:
    """A service, and the environment in which it is asked for."""
    kind, provider = request.param
    environ = get_env().all()
    if provider == "external":
        environ |= servers
    return Service(kind, tcp=provider == "embedded over TCP"), environ


@pytest.fixture
def stack(asked: tuple[Service, dict[str, str]]) -> Iterator[ServiceStack]:
    service, environ = asked
    with ServiceStack(service, environ=environ) as stack:
        yield stack


def test_it_says_which_provider_and_why(stack: ServiceStack, asked: tuple[Service, dict[str, str]]) -> None:
    (handle,) = stack.values()
    external = f"GOLDENPATH_{handle.name.upper()}_URL" in asked[1]
    assert handle.provider == ("external" if external else "embedded")
    assert "is set" in handle.reason if external else "not set" in handle.reason


def test_the_usual_client_writes_and_reads(stack: ServiceStack) -> None:
    (handle,) = stack.values()
    with handle.client() as client:
        WRITE[handle.name](client)
    with handle.client() as client:
        assert READ[handle.name](client) == 42


def test_every_stack_begins_empty_and_sees_nothing_of_another(
    stack: ServiceStack, asked: tuple[Service, dict[str, str]]
) -> None:
    (handle,) = stack.values()
    with handle.client() as client:
        WRITE[handle.name](client)
    service, environ = asked
    with ServiceStack(service, environ=environ) as other, other[service.name].client() as client:
        assert IS_EMPTY[service.name](client)
        WRITE[service.name](client)
    with handle.client() as client:
        assert READ[handle.name](client) == 42


def test_what_is_stopped_answers_no_more_and_says_so(stack: ServiceStack) -> None:
    (handle,) = stack.values()
    assert handle.health().ok
    handle.stop()
    assert handle.health().state in {"dead", "unready"} or handle.name == "redis"
    if handle.provider == "external" and handle.name == "redis":
        with handle.client() as client:
            assert client.dbsize() == 0


def test_a_restart_keeps_the_data_or_is_refused_by_name(stack: ServiceStack) -> None:
    (handle,) = stack.values()
    if handle.provider == "external" or handle.name == "clickhouse":
        with pytest.raises(ServiceError, match=f"'{handle.name}' is .*restart"):
            handle.restart()
        return
    with handle.client() as client:
        WRITE[handle.name](client)
    handle.restart()
    assert handle.health().ok
    with handle.client() as client:
        assert IS_EMPTY[handle.name](client) if handle.name == "redis" else READ[handle.name](client) == 42


def test_its_variables_lead_to_it(stack: ServiceStack) -> None:
    (handle,) = stack.values()
    assert handle.url in handle.env().values()
    assert all(isinstance(value, str) for value in handle.env().values())


def test_the_health_report_names_everything_but_passwords(stack: ServiceStack) -> None:
    (handle,) = stack.values()
    report = stack.get_health_report()
    (mine,) = report.services.values()
    assert report.ok
    assert (mine.state, mine.provider, mine.reason, mine.url) == (
        "ready",
        handle.provider,
        handle.reason,
        masked(handle.url),
    )
    assert report.as_dict()["services"][handle.name]["state"] == "ready"
    assert handle.reason in str(report)


def test_where_it_is(stack: ServiceStack) -> None:
    (handle,) = stack.values()
    if handle.provider == "embedded":
        assert handle.data_dir is None or handle.data_dir.is_dir()
        assert handle.socket is None or handle.socket.is_socket()
    assert handle.port is None or 0 < handle.port < 65536
    assert handle.url.startswith(("postgresql://", "redis://", "unix://", "chdb://", "clickhouse://"))


def test_the_logs_can_be_asked_for(stack: ServiceStack) -> None:
    (handle,) = stack.values()
    assert len(handle.logs(1).splitlines()) == 1


def test_nothing_is_left_on_an_external_server(servers: dict[str, str]) -> None:
    stack = ServiceStack(*KINDS, environ={**get_env().all(), **servers}).start()
    identity, number = stack.directory.name, int(stack["redis"].url.rpartition("/")[2])
    for kind, handle in stack.items():
        with handle.client() as client:
            WRITE[kind](client)

    def left() -> list[object]:
        with clients.connect("postgres", servers["GOLDENPATH_POSTGRES_URL"]) as client:
            names = [name for (name,) in client.execute("SELECT datname FROM pg_database").fetchall()]
        with clients.connect("clickhouse", servers["GOLDENPATH_CLICKHOUSE_URL"]) as client:
            names += [name for (name,) in client.query("SHOW DATABASES").result_rows]
        with clients.connect("redis", servers["GOLDENPATH_REDIS_URL"], decode_responses=True) as client:
            names += [client.get(key) for key in client.keys("goldenpath_claim:*")]
            client.select(number)
            return [*(name for name in names if identity in name), *client.keys()]

    assert len(left()) == 4
    stack.graceful_shutdown()
    assert left() == []
