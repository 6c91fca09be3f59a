from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent_backend.context import Kind, UnifiedIDManager, UserExecutionContext
from agent_backend.workflow import CoordinationError, CoordinationValidator


@pytest.fixture
def context(new_context: Callable[..., UserExecutionContext]) -> UserExecutionContext:
    return new_context()


@pytest.fixture
def validator(context: UserExecutionContext) -> CoordinationValidator:
    return CoordinationValidator(context)


def through_triage(validator: CoordinationValidator) -> None:
    validator.begins("triage", [], {})
    validator.completed("triage", {"found": 1})


def test_a_workflow_in_order_passes(validator: CoordinationValidator) -> None:
    through_triage(validator)
    validator.begins("data", ["triage"], {})
    validator.failed("data")
    validator.begins("reporting", ["triage"], {"results": {"triage": {"found": 1}}})
    validator.completed("reporting", {"text": ""})
    with pytest.raises(CoordinationError):
        validator.completed("reporting", {"text": ""})


@pytest.mark.parametrize(
    ("step", "after", "complaint"),
    [
        ("triage", [], "begins a second time"),
        ("data", ["data_helper"], "follows 'data_helper', which has not ended"),
    ],
)
def test_a_step_out_of_order_is_named(
    validator: CoordinationValidator, step: str, after: list[str], complaint: str
) -> None:
    through_triage(validator)
    with pytest.raises(CoordinationError, match=complaint):
        validator.begins(step, after, {})


def test_nothing_begins_before_triage_or_after_reporting(validator: CoordinationValidator) -> None:
    with pytest.raises(CoordinationError, match="begins before triage"):
        validator.begins("data", [], {})
    through_triage(validator)
    validator.begins("reporting", [], {})
    with pytest.raises(CoordinationError, match="begins after reporting"):
        validator.begins("data", [], {})


def test_reporting_does_not_begin_while_a_step_works(validator: CoordinationValidator) -> None:
    through_triage(validator)
    validator.begins("data", [], {})
    with pytest.raises(CoordinationError, match="begins while data still works"):
        validator.begins("reporting", [], {})


def test_a_step_ends_once_and_only_after_it_began(validator: CoordinationValidator) -> None:
    through_triage(validator)
    for step in ("triage", "data"):
        with pytest.raises(CoordinationError, match="ends without having begun"):
            validator.failed(step)


def test_a_result_that_is_changed_on_its_way_is_noticed(validator: CoordinationValidator) -> None:
    through_triage(validator)
    with pytest.raises(CoordinationError, match="something else than 'triage' returned"):
        validator.begins("reporting", ["triage"], {"results": {"triage": {"found": 2}}})


@pytest.mark.parametrize("kind", [Kind.TENANT, Kind.USER, Kind.THREAD, Kind.RUN])
def test_an_id_of_another_user_is_noticed_however_deep_it_lies_and_is_not_told(
    validator: CoordinationValidator, ids: UnifiedIDManager, kind: Kind
) -> None:
    foreign = ids.new(kind)
    validator.begins("triage", [], {})
    with pytest.raises(CoordinationError, match="an id of another user") as error:
        validator.completed("triage", {"rows": [{"note": f"see {foreign}"}]})
    assert foreign not in str(error.value)


def test_the_users_own_ids_may_be_handed_on(validator: CoordinationValidator, context: UserExecutionContext) -> None:
    validator.begins("triage", [], {"of": context.user_id})
    result: dict[str, Any] = {"run": context.run_id, "thread": context.thread_id, "tenant": context.tenant_id}
    validator.completed("triage", result)
    with pytest.raises(CoordinationError, match="begins a second time"):
        validator.begins("triage", [], result)
