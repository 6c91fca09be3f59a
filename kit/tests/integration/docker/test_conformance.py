"""The body that embedded and external services pass, on the docker provider too."""

from __future__ import annotations

import pytest

from goldenpath.services import Service, ServiceStack

from ..services.test_conformance import (  # noqa: F401
    stack,
    test_a_restart_keeps_the_data_or_is_refused_by_name,
    test_every_stack_begins_empty_and_sees_nothing_of_another,
    test_its_variables_lead_to_it,
    test_the_health_report_names_everything_but_passwords,
    test_the_logs_can_be_asked_for,
    test_the_usual_client_writes_and_reads,
    test_what_is_stopped_answers_no_more_and_says_so,
    test_where_it_is,
)


@pytest.fixture(params=["postgres", "redis"])
def asked(request: pytest.FixtureRequest, environ: dict[str, str]) -> tuple[Service, dict[str, str]]:
    """A service that is to run in Docker, and the environment in which it is asked for."""
    return Service(request.param, provider="docker"), environ


def test_it_says_that_it_runs_in_docker_and_why(stack: ServiceStack) -> None:  # noqa: F811
    (handle,) = stack.values()
    assert (handle.provider, handle.reason) == ("docker", f"Service('{handle.name}') says provider='docker'")


def test_auto_takes_an_engine_that_answers_when_docker_was_asked_for(environ: dict[str, str]) -> None:
    with ServiceStack("redis", environ={**environ, "GOLDENPATH_DOCKER": "1"}) as stack:  # noqa: F811
        assert (stack["redis"].provider, stack["redis"].reason) == (
            "docker",
            "GOLDENPATH_DOCKER is set and an engine answers",
        )
