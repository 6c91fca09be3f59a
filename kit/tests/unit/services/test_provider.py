from __future__ import annotations

import pytest

from goldenpath.services import DefinitionError, Service, UnavailableError
from goldenpath.services import provider as providers
from goldenpath.services.provider import Choice, choose

POSTGRES = Service("postgres")
WEB = Service("web", command=["true"])


def test_without_any_configuration_a_service_is_embedded() -> None:
    assert choose(POSTGRES, "auto", {}) == Choice(
        "embedded", "GOLDENPATH_POSTGRES_URL and GOLDENPATH_DOCKER are not set"
    )


def test_a_configured_url_comes_first() -> None:
    environ = {"GOLDENPATH_POSTGRES_URL": "postgresql://h/d", "GOLDENPATH_DOCKER": "1"}
    assert choose(POSTGRES, "auto", environ) == Choice("external", "GOLDENPATH_POSTGRES_URL is set")


def test_the_variable_of_a_second_server_has_its_name() -> None:
    billing = Service("billing-db", kind="postgres")
    assert choose(billing, "auto", {"GOLDENPATH_BILLING_DB_URL": "x"}).provider == "external"


def test_a_url_in_the_definition_makes_a_service_external() -> None:
    assert choose(Service("postgres", url="postgresql://h/d"), "auto", {}).provider == "external"


class Engine:
    """A docker provider, as far as choosing goes."""

    def __init__(self, obstacle: str | None) -> None:
        self._obstacle = obstacle

    def obstacle(self, service: Service, environ: object) -> str | None:
        return self._obstacle


@pytest.mark.parametrize(
    ("obstacle", "choice"),
    [
        (None, Choice("docker", "GOLDENPATH_DOCKER is set and an engine answers")),
        ("no engine answers", Choice("embedded", "GOLDENPATH_DOCKER is set, but no engine answers")),
    ],
)
def test_docker_is_used_when_it_was_asked_for_and_answers(
    obstacle: str | None, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "load", lambda name: Engine(obstacle))
    assert choose(POSTGRES, "auto", {"GOLDENPATH_DOCKER": "1"}) == choice


def test_what_is_asked_for_is_not_looked_for() -> None:
    assert choose(POSTGRES, "embedded", {"GOLDENPATH_POSTGRES_URL": "x"}) == Choice(
        "embedded", "the stack says provider='embedded'"
    )


def test_a_service_may_differ_from_its_stack() -> None:
    assert choose(Service("redis", provider="external"), "embedded", {}) == Choice(
        "external", "Service('redis') says provider='external'"
    )


@pytest.mark.parametrize("wanted", ["auto", "docker", "embedded"])
def test_a_command_runs_on_this_machine(wanted: str) -> None:
    assert choose(WEB, wanted, {}).provider == "embedded"


def test_a_command_that_already_runs_somewhere_is_external() -> None:
    assert choose(WEB, "auto", {"GOLDENPATH_WEB_URL": "http://127.0.0.1:8000"}).provider == "external"


def test_an_image_runs_in_docker() -> None:
    assert choose(Service("box", image="busybox"), "auto", {}).provider == "docker"


def test_an_unknown_provider_is_refused_with_those_there_are() -> None:
    with pytest.raises(DefinitionError, match="no provider 'podman'; use embedded, docker, external or auto"):
        choose(POSTGRES, "podman", {})


def test_a_provider_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(providers.PROVIDERS, "moon", "goldenpath.services.moon")  # type: ignore[misc]
    with pytest.raises(UnavailableError, match="the moon provider is not part of this installation"):
        providers.load("moon")
