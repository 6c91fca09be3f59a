from __future__ import annotations

import pytest

from agent_backend.config.addresses import hosts, is_local, password


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost.",
        "db.localhost",
        "127.0.0.1",
        "127.8.8.8",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0.0.0.0",
        "0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "",
        " ",
        "/run/postgresql",
        "@abstract",
    ],
)
def test_every_spelling_of_this_machine_is_local(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["db.internal", "10.0.0.7", "fd00::7", "localhost.example.org", "128.0.0.1"])
def test_another_machine_is_not_local(host: str) -> None:
    assert not is_local(host)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("redis://h:6379/0", ["h"]),
        ("redis://:p@h", ["h"]),
        ("redis://[fd00::7]:6379", ["fd00::7"]),
        ("unix:///run/redis.sock", [""]),
        ("postgresql://u:p@a:1,b:2/d", ["a", "b"]),
        ("postgresql:///d?host=a,b", ["a", "b"]),
        ("postgresql://a/d?hostaddr=127.0.0.1", ["a", "127.0.0.1"]),
        ("postgresql://%2Frun%2Fpostgresql/d", ["/run/postgresql"]),
        ("chdb:///data", [""]),
    ],
)
def test_all_hosts_of_a_url_are_found(url: str, named: list[str]) -> None:
    assert hosts(url) == named


def test_a_password_is_found_wherever_it_stands() -> None:
    assert password("postgresql://u:p%40ss@h/d") == "p@ss"
    assert password("postgresql://u@h/d?password=word") == "word"
    assert password("redis://h") is None
