"""Whatever JSON holds, a checker answers with violations, never with an exception."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenpath.contracts import AG_UI, GOLDEN_PATH, EventContract, Gap, Numbering, Once
from goldenpath.contracts.shape import compiled

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(),
    st.sampled_from(["", "m", "r", "/a", "/-", "a\ud800", "success", "interrupt", "add", "1970-01-01"]),
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
EVERYTHING = EventContract(
    name="everything",
    events=GOLDEN_PATH.events,
    first=GOLDEN_PATH.first,
    last=GOLDEN_PATH.last,
    terminal=GOLDEN_PATH.terminal,
    clauses=(*GOLDEN_PATH.clauses, Gap(1.0), Numbering("payload.step"), Once(("agent_started",))),
)
CONTRACTS = [GOLDEN_PATH, AG_UI, EVERYTHING]


@st.composite
def nearly_events(draw: st.DrawFn, contract: EventContract) -> Any:
    """An event of a known type with some fields as they should be and some as they should not."""
    type_ = draw(st.sampled_from(sorted(contract.events)))
    shape = contract.events[type_]
    event: dict[str, Any] = {**shape.sample, "type": type_}
    spoilt = draw(st.lists(st.sampled_from(sorted({**shape.required, **shape.optional})), max_size=2))
    return event | {name: draw(JSON) for name in spoilt if name != "type"}


def streams(contract: EventContract) -> st.SearchStrategy[list[Any]]:
    return st.lists(nearly_events(contract) | JSON | st.dictionaries(st.just("type"), JSON), max_size=30)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_any_stream_of_any_values_gets_a_report(contract: EventContract) -> None:
    @given(streams(contract))
    @settings(max_examples=300, deadline=None)
    def check(events: list[Any]) -> None:
        before = deepcopy(events)
        report = contract.check(events)
        assert report.events == len(events)
        assert 0 <= report.kept <= report.obligations
        assert report.ok == (report.verdict == "ok")
        assert (report.verdict == "failed") == bool(report.errors)
        assert report.explain()
        json.dumps(report.to_sarif())
        ET.fromstring(report.to_junit())
        assert repr(events) == repr(before)

    check()


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_what_the_fast_check_passes_the_thorough_one_passes(contract: EventContract) -> None:
    @given(nearly_events(contract))
    @settings(max_examples=500, deadline=None)
    def check(event: Any) -> None:
        type_ = event["type"]
        with suppress(KeyError):
            assert not compiled(contract.events[type_])(event) or not list(contract.events[type_].problems(event, ""))

    check()


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_an_integer_too_long_to_print_is_described(contract: EventContract) -> None:
    events = [
        {**contract.events[type_].sample, "type": type_, name: 10**5000}
        for type_, shape in contract.events.items()
        for name in {**shape.required, **shape.optional, "another": None}
        if name != "type"
    ]
    assert "an integer of 16610 bits" in "".join(map(str, contract.check(events).violations))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_a_smallest_event_of_each_type_takes_the_fast_way(contract: EventContract) -> None:
    for type_, shape in contract.events.items():
        assert compiled(shape)({**shape.sample, "type": type_})
