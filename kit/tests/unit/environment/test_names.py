from __future__ import annotations

import pytest

from goldenpath.environment import IsolatedEnvironment, UnknownEnvironmentName


@pytest.mark.parametrize(
    ("written", "name"),
    [("test", "test"), ("testing", "test"), ("development", "dev"), ("staging", "staging"), ("production", "prod")],
)
def test_each_spelling_stands_for_one_name(written: str, name: str) -> None:
    assert IsolatedEnvironment({"ENVIRONMENT": written}).environment_name() == name


@pytest.mark.parametrize("written", ["", "Prod", "production ", "qa", "prod-eu"])
def test_an_unknown_name_is_an_error_and_never_a_guess(written: str) -> None:
    with pytest.raises(UnknownEnvironmentName, match="expected one of: test, testing, dev"):
        IsolatedEnvironment({"ENVIRONMENT": written}).environment_name()


def test_a_near_miss_names_what_was_probably_meant() -> None:
    with pytest.raises(UnknownEnvironmentName, match="APP_ENV='stagin' names no known environment; did you mean 'stag"):
        IsolatedEnvironment({"APP_ENV": "stagin"}).environment_name("APP_ENV")


def test_a_missing_name_is_an_error_too() -> None:
    with pytest.raises(UnknownEnvironmentName, match="ENVIRONMENT is not set"):
        IsolatedEnvironment({}).environment_name()
