"""The AG-UI contract against the models that the protocol publishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from ag_ui.core import events as models
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from goldenpath.contracts.ag_ui.events import EVENTS

MODELS: dict[str, type[BaseModel]] = {
    str(model.model_fields["type"].default.value): model for model in get_args(get_args(models.Event)[0])
}
STRICTER = {("REASONING_MESSAGE_START", "role")}
"""The protocol requires this field; the models fill it in."""

ADAPTER: TypeAdapter[Any] = TypeAdapter(models.Event)
REQUIRED_VALUES = {
    "delta": "x",
    "snapshot": {"a": 1},
    "messages": [],
    "content": "x",
    "patch": [],
    "role": "reasoning",
    "subtype": "message",
    "event": 1,
    "value": 1,
}


def wire_names(model: type[BaseModel], *, required: bool) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items() if field.is_required() is required}


def test_the_contract_declares_the_published_types_and_no_other() -> None:
    assert EVENTS.keys() == MODELS.keys()


@pytest.mark.parametrize("type_", MODELS)
def test_the_contract_requires_what_the_models_require(type_: str) -> None:
    stricter = {field for event, field in STRICTER if event == type_}
    assert EVENTS[type_].required.keys() - {"type"} - stricter == wire_names(MODELS[type_], required=True)


@pytest.mark.parametrize("type_", MODELS)
def test_the_contract_knows_the_fields_that_the_models_know(type_: str) -> None:
    every = wire_names(MODELS[type_], required=True) | wire_names(MODELS[type_], required=False)
    assert EVENTS[type_].required.keys() | EVENTS[type_].optional.keys() == every


def smallest(type_: str) -> dict[str, Any]:
    """An event with nothing but its required fields."""
    names = EVENTS[type_].required.keys() - {"type"}
    event = {"type": type_, **{name: REQUIRED_VALUES.get(name, "x") for name in names}}
    if type_ == "STATE_DELTA":
        event["delta"] = []
    return event | ({"content": {}} if type_ == "ACTIVITY_SNAPSHOT" else {})


def objections(event: dict[str, Any]) -> list[str]:
    return [problem.rule for problem in EVENTS[event["type"]].problems(event, "") if problem.rule != "EC107"]


@pytest.mark.parametrize("type_", MODELS)
def test_the_smallest_event_is_well_formed_for_both(type_: str) -> None:
    ADAPTER.validate_python(smallest(type_))
    assert objections(smallest(type_)) == []


def spoilt(type_: str) -> Iterator[dict[str, Any]]:
    """The smallest event with one required field gone, or of a kind that no field has."""
    for name in EVENTS[type_].required.keys() - {"type"}:
        yield {field: value for field, value in smallest(type_).items() if field != name}
        yield smallest(type_) | {name: 1.5}


def refused_by_the_models(event: dict[str, Any]) -> bool:
    try:
        ADAPTER.validate_python(event, strict=True)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("type_", MODELS)
def test_what_the_models_refuse_the_contract_refuses(type_: str) -> None:
    assert [event for event in spoilt(type_) if refused_by_the_models(event) and not objections(event)] == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_no_value_of_any_field_is_refused_by_the_models_and_passed_by_the_contract(data: st.DataObject) -> None:
    type_ = data.draw(st.sampled_from(sorted(MODELS)))
    names = sorted((EVENTS[type_].required.keys() | EVENTS[type_].optional.keys()) - {"type"})
    event = smallest(type_) | {data.draw(st.sampled_from(names)): data.draw(JSON)}
    assume(not objections(event))
    assert ADAPTER.validate_python(event)
