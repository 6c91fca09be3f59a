from __future__ import annotations

import os

import pytest

from goldenpath.environment import (
    IsolatedEnvironment,
    Secret,
    SecretCheck,
    SecretError,
    SecretLoader,
    SecretRule,
    SecretStage,
)


class Shelf:
    """A source in a dictionary; a value that is an exception is raised."""

    def __init__(self, name: str, **held: object) -> None:
        self.name = name
        self.identity = f"keeper of {name}"
        self._held = held

    def read(self, key: str) -> str | None:
        value = self._held.get(key)
        if isinstance(value, BaseException):
            raise value
        return value  # type: ignore[return-value]


def fails(*secrets: Secret | str, env: IsolatedEnvironment | None = None, **held: object) -> SecretCheck:
    """The first failure of a load from a single shelf, which must have set nothing."""
    env = env or IsolatedEnvironment({})
    before = env.all()
    loader = SecretLoader([Shelf("shelf", **held)], environment=env)
    with pytest.raises(SecretError) as caught:
        loader.load(*secrets)
    assert env.all() == before
    failure = caught.value.failures[0]
    assert (caught.value.stage, caught.value.identity) == (failure.failed, failure.identity)
    assert str(failure) in str(caught.value)
    assert str(failure.failed) in str(failure)
    assert failure.identity in str(failure)
    return failure


def test_secrets_that_pass_are_set_with_their_source_and_masked() -> None:
    env = IsolatedEnvironment({})
    loader = SecretLoader([Shelf("shelf", A="one", B="two")], environment=env)
    loader.load("A", Secret("B", variable="SHOP_B"))
    assert env.all() == {"A": "one", "SHOP_B": "two"}
    assert env.source_of("SHOP_B") == "secret from shelf"
    assert repr(env.all()) == "{'A': '***', 'SHOP_B': '***'}"


def test_the_first_source_that_has_a_secret_decides() -> None:
    env = IsolatedEnvironment({})
    SecretLoader([Shelf("near", A="near"), Shelf("far", A="far", B="far")], environment=env).load("A", "B")
    assert env.all() == {"A": "near", "B": "far"}


def test_checking_sets_nothing() -> None:
    env = IsolatedEnvironment({"A": "old"})
    (check,) = SecretLoader([Shelf("shelf", A="new")], environment=env).check("A")
    assert check == SecretCheck("A", "shelf", "keeper of shelf")
    assert check.ok
    assert env.all() == {"A": "old"}


def test_stage_exists_names_every_place_and_identity_that_was_asked() -> None:
    (check,) = SecretLoader([Shelf("near"), Shelf("far")], environment=IsolatedEnvironment({})).check("A")
    assert check.failed is SecretStage.EXISTS
    assert str(check) == (
        "A failed at stage 'exists': no source has 'A' (source: near, far; identity: keeper of near, keeper of far)"
    )


def test_stage_readable_ends_the_search_though_a_later_source_has_it() -> None:
    chain = [Shelf("near", A=PermissionError("hidden")), Shelf("far", A="far")]
    (check,) = SecretLoader(chain, environment=IsolatedEnvironment({})).check("A")
    assert (check.source, check.failed) == ("near", SecretStage.READABLE)
    assert check.problem == "keeper of near may not read 'A'"


@pytest.mark.parametrize("value", ["", "  \n"])
def test_stage_non_empty_does_not_fall_through_either(value: str) -> None:
    chain = [Shelf("near", A=value), Shelf("far", A="far")]
    (check,) = SecretLoader(chain, environment=IsolatedEnvironment({})).check("A")
    assert (check.source, check.failed, check.problem) == ("near", SecretStage.NON_EMPTY, "it is empty")


def test_stage_injected_fails_for_a_protected_variable_and_for_what_no_variable_can_hold() -> None:
    env = IsolatedEnvironment({})
    env.protect("SHOP_A")
    failure = fails(Secret("A", variable="SHOP_A"), env=env, A="one")
    assert failure.failed is SecretStage.INJECTED
    assert "SHOP_A is protected" in failure.problem
    failure = fails("A", A="one\0two")
    assert (failure.failed, failure.problem) == (
        SecretStage.INJECTED,
        "A holds a NUL character, which no environment variable can",
    )


def test_stage_injected_is_proved_by_what_a_child_process_would_receive() -> None:
    class Forgetful(IsolatedEnvironment):
        def subprocess_env(self) -> dict[str, str]:
            return {}

    failure = fails("A", env=Forgetful({}), A="one")
    assert (failure.failed, failure.problem) == (SecretStage.INJECTED, "A holds something else after it was set")


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (SecretRule(min_length=9), "it is shorter than the 9 characters required"),
        (SecretRule(max_length=7), "it is longer than the 7 characters allowed"),
        (SecretRule(forbidden=("admin", "CHANGE")), "it contains forbidden word 2 of 2"),
        (SecretRule(distinct=True), "it is the same as B"),
    ],
)
def test_stage_rule_says_how_it_was_broken_and_not_the_value(rule: SecretRule, problem: str) -> None:
    failure = fails(Secret("A", rule), "B", A="changeme", B="changeme")
    assert (failure.secret, failure.failed, failure.problem) == ("A", SecretStage.RULE, problem)


def test_a_rule_that_is_met_exactly_passes() -> None:
    rule = SecretRule(min_length=8, max_length=8, forbidden=("secret",), distinct=True)
    checks = SecretLoader([Shelf("shelf", A="changeme", B="changed!")], environment=IsolatedEnvironment({})).check(
        Secret("A", rule), Secret("B", rule)
    )
    assert all(check.ok for check in checks)


def test_a_failure_tells_which_stages_were_reached() -> None:
    failure = fails("A", A="")
    assert [failure.passed(stage) for stage in SecretStage] == [True, True, False, None, None]
    assert [SecretCheck("A", "s", "i").passed(stage) for stage in SecretStage] == [True] * 5


def test_one_error_tells_all_failures() -> None:
    loader = SecretLoader([Shelf("shelf", A="")], environment=IsolatedEnvironment({}))
    with pytest.raises(SecretError) as caught:
        loader.load("A", "B")
    assert [failure.secret for failure in caught.value.failures] == ["A", "B"]
    assert len(str(caught.value).splitlines()) == 2


def test_a_source_that_breaks_fails_the_secret_instead_of_being_passed_over() -> None:
    chain = [Shelf("near", A=ConnectionError("do not quote me")), Shelf("far", A="far")]
    (check,) = SecretLoader(chain, environment=IsolatedEnvironment({})).check("A")
    assert check.failed is SecretStage.EXISTS
    assert check.problem == "near could not be asked for 'A': ConnectionError"


def test_a_source_that_gives_something_else_than_text_fails_the_secret() -> None:
    assert fails("A", A=7).problem == "shelf gave int instead of text"


def test_a_secret_may_be_restricted_to_some_sources() -> None:
    chain = [Shelf("near", A="near"), Shelf("far", A="far")]
    env = IsolatedEnvironment({})
    SecretLoader(chain, environment=env).load(Secret("A", sources=("far",)))
    assert env.get("A") == "far"


@pytest.mark.parametrize(
    ("secrets", "problem"),
    [
        ([], "no secrets were named"),
        (["A", "A"], "two secrets have the same name: A"),
        (["A", Secret("B", variable="A")], "two secrets have the same variable: A"),
        ([Secret("A", sources=("shelv",))], "A names no source of the chain: shelv; it has shelf"),
        ([Secret("A", sources=())], r"A names no source of the chain: \(empty\)"),
    ],
)
def test_secrets_that_cannot_be_told_apart_or_placed_are_refused(secrets: list[Secret | str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        SecretLoader([Shelf("shelf")]).check(*secrets)


def test_a_chain_needs_sources_with_different_names() -> None:
    with pytest.raises(ValueError, match="at least one source"):
        SecretLoader([])
    with pytest.raises(ValueError, match="need different names, these have: shelf, shelf"):
        SecretLoader([Shelf("shelf"), Shelf("shelf")])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"min_length": "8"}, "min_length must be a whole number, not '8'"),
        ({"min_length": True}, "min_length must be a whole number, not True"),
        ({"min_length": 8, "max_length": 7}, "max_length=7 is less than min_length=8"),
        ({"forbidden": "word"}, "forbidden must be a list of non-empty words"),
        ({"forbidden": [""]}, "forbidden must be a list of non-empty words"),
        ({"distinct": 1}, "distinct must be true or false, not 1"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        SecretRule(**arguments)  # type: ignore[arg-type]


def test_loading_into_the_real_environment_reaches_os_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENPATH_PROBE", "before")
    SecretLoader([Shelf("shelf", GOLDENPATH_PROBE="after")]).load("GOLDENPATH_PROBE")
    assert os.environ["GOLDENPATH_PROBE"] == "after"
