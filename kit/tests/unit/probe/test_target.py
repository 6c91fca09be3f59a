from __future__ import annotations

import pytest

from goldenpath.probe import TargetRefused, target_of


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("ws://127.0.0.1:8000/ws", "http://127.0.0.1:8000", "/ws"),
        ("http://localhost", "http://localhost", ""),
        ("https://app.localhost:8443/a/", "https://app.localhost:8443", "/a"),
        ("ws://[::1]:9/x", "http://[::1]:9", "/x"),
        ("http://127.9.9.9:1", "http://127.9.9.9:1", ""),
    ],
)
def test_an_endpoint_on_this_machine_may_be_probed(url: str, origin: str, path: str) -> None:
    target = target_of(url)
    assert (target.origin, target.path) == (origin, path)


@pytest.mark.parametrize(
    "url",
    [
        "wss://agents.example/ws",
        "http://10.0.0.1",
        "http://0.0.0.0:8000",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://[2001:db8::1]/",
        "http://169.254.169.254/",
    ],
)
def test_any_other_is_refused_until_its_host_is_named_as_ones_own(url: str) -> None:
    with pytest.raises(TargetRefused, match="--i-own-this-host"):
        target_of(url, ["localhost", "agents.example.org"])


def test_the_name_must_be_the_host_of_the_address() -> None:
    assert target_of("wss://Agents.Example:444/ws", ["AGENTS.example"]).origin == "https://agents.example:444"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("127.0.0.1:8000", "is no address of an endpoint"),
        ("ftp://127.0.0.1", "is no address of an endpoint"),
        ("http://127.0.0.1:99999", "is no address: Port out of range"),
        ("http://me:secret@127.0.0.1", "has no user, query or fragment"),
        ("http://127.0.0.1/ws?token=1", "has no user, query or fragment"),
    ],
)
def test_what_is_no_plain_address_is_refused(url: str, told: str) -> None:
    with pytest.raises(TargetRefused, match=told.replace(".", r"\.")):
        target_of(url)
