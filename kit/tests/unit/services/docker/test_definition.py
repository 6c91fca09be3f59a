from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from goldenpath.services import Accepts, Answers, DefinitionError, Service
from goldenpath.services.docker import Build, ContainerService, Mount
from goldenpath.services.docker.images import image_variable
from goldenpath.services.docker.launching import memory_bytes
from goldenpath.services.docker.recipes import RECIPES, as_container
from goldenpath.services.docker.usage import Usage, read


def defined(service: Service) -> ContainerService:
    return RECIPES[service.kind].define(as_container(service), "s3cret")


def test_postgres_gets_its_password_and_its_options() -> None:
    service = defined(Service("postgres", version="16", options={"wal_level": "logical"}))
    assert (service.image, service.port, service.env["POSTGRES_PASSWORD"]) == ("postgres:16", 5432, "s3cret")
    assert service.command is not None
    assert {"--fsync=off", "--wal_level=logical"} < set(service.command)


def test_variables_of_yours_are_in_the_url() -> None:
    env = {"POSTGRES_USER": "app", "POSTGRES_PASSWORD": "a/b", "POSTGRES_DB": "shop"}
    service = defined(Service("postgres", env=env))
    assert RECIPES["postgres"].endpoint(service, "h", 1).url == "postgresql://app:a%2Fb@h:1/shop"


def test_the_password_of_redis_is_in_a_file_and_in_the_url() -> None:
    service = defined(Service("redis"))
    assert service.files == {"/goldenpath.conf": b'requirepass "s3cret"\nsave ""\nappendonly "no"\nbind "0.0.0.0"\n'}
    assert RECIPES["redis"].endpoint(service, "h", 1).url == "redis://:s3cret@h:1/0"


@pytest.mark.parametrize(
    ("command", "url"),
    [(["redis-server"], "redis://h:1/0"), (["redis-server", "--requirepass", "x y"], "redis://:x%20y@h:1/0")],
)
def test_a_command_of_yours_says_whether_redis_has_a_password(command: list[str], url: str) -> None:
    service = defined(Service("redis", image="redis:7", command=command))
    assert service.files == {}
    assert RECIPES["redis"].endpoint(service, "h", 1).url == url


def test_clickhouse_is_reached_over_http() -> None:
    service = defined(Service("clickhouse"))
    assert (service.image, service.port) == ("clickhouse/clickhouse-server:25.8", 8123)
    assert RECIPES["clickhouse"].endpoint(service, "h", 1).url == "clickhouse://default:s3cret@h:1/default"


@pytest.mark.parametrize(
    ("ready", "port", "url"),
    [
        (Answers("http://localhost:8080/health"), 8080, "http://h:1/health"),
        (Accepts("amqp://localhost:5672"), 5672, "amqp://h:1"),
        (None, None, "tcp://h:1"),
    ],
)
def test_the_url_of_an_image_is_that_of_its_ready_seen_from_outside(ready: Any, port: int | None, url: str) -> None:
    service = defined(Service("web", image="x", ready=ready))
    assert service.port == port
    assert RECIPES["image"].endpoint(service, "h", 1).url == url
    assert RECIPES["image"].endpoint(service, "h", 1).env == {"WEB_URL": url}


@pytest.mark.parametrize(
    ("text", "size"), [("64m", 64 << 20), ("1g", 1 << 30), ("1.5 GB", 3 << 29), ("8388608", 8 << 20)]
)
def test_amounts_of_memory(text: str, size: int) -> None:
    assert memory_bytes(text, "x") == size


def test_equal_builds_share_an_image_and_different_ones_do_not() -> None:
    names = [Build("a").repository, Build("a").repository, Build("b").repository, Build("a", target="t").repository]
    assert len(set(names)) == 3
    assert ContainerService("x", build=Build("a")).image == f"{Build('a').repository}/x"


@pytest.mark.parametrize("port", [0, 65536])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(DefinitionError, match=f"{port} is no port"):
        ContainerService("x", image="y", ports={port: None})


@pytest.mark.parametrize(
    ("mount", "words"),
    [
        (lambda: Mount("data", "data"), "'data' is no place for a mount"),
        (lambda: Mount("../data", "/data", "volume"), "'../data' cannot name a volume"),
    ],
)
def test_a_mount_that_cannot_be_is_refused(mount: Callable[[], Mount], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        mount()


def test_a_container_needs_an_image() -> None:
    with pytest.raises(DefinitionError, match="needs an image= or a build="):
        ContainerService("x", command=["true"])


def test_the_variable_that_names_another_image() -> None:
    assert image_variable("billing-db") == "GOLDENPATH_BILLING_DB_IMAGE"


@pytest.mark.parametrize(
    ("details", "memory"), [({"total_inactive_file": 30}, 70), ({"inactive_file": 20}, 80), ({}, 100)]
)
def test_memory_without_what_the_kernel_can_take_back(details: dict[str, int], memory: int) -> None:
    stats = {
        "memory_stats": {"usage": 100, "stats": details},
        "cpu_stats": {"cpu_usage": {"total_usage": 2_500_000_000}, "throttling_data": {"throttled_periods": 3}},
        "pids_stats": {"current": 4},
    }
    assert read(stats, 200) == Usage(memory, 200, 2.5, 3, 4)
    assert read(stats, 200).memory_share == memory / 200


def test_a_container_that_has_ended_uses_nothing() -> None:
    assert read({"memory_stats": {}, "cpu_stats": {}, "pids_stats": {}}, 0) == Usage(0, None, 0.0, 0, 0)
