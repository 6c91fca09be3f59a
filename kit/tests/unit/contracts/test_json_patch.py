from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenpath.contracts.json_patch import PatchError, patched, same


def op(name: str, path: str, **rest: Any) -> dict[str, Any]:
    return {"op": name, "path": path, **rest}


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"foo": "bar"}, [op("add", "/baz", value="qux")], {"foo": "bar", "baz": "qux"}),
        ({"foo": ["bar", "baz"]}, [op("add", "/foo/1", value="qux")], {"foo": ["bar", "qux", "baz"]}),
        ({"foo": [1]}, [op("add", "/foo/-", value=2)], {"foo": [1, 2]}),
        ({"a": 1, "b": 2}, [op("remove", "/b")], {"a": 1}),
        ({"a": [1, 2, 3]}, [op("remove", "/a/1")], {"a": [1, 3]}),
        ({"a": {"b": 1}}, [op("replace", "/a/b", value=None)], {"a": {"b": None}}),
        ({"a": 1}, [op("replace", "", value=7)], 7),
        ({"a": {"b": 1}, "c": {}}, [op("move", "/c/d", **{"from": "/a/b"})], {"a": {}, "c": {"d": 1}}),
        ({"a": [1, 2, 3]}, [op("move", "/a/2", **{"from": "/a/0"})], {"a": [2, 3, 1]}),
        ({"a": [1]}, [op("copy", "/b", **{"from": "/a"})], {"a": [1], "b": [1]}),
        ({"a/b": {"~": 1}}, [op("replace", "/a~1b/~0", value=2)], {"a/b": {"~": 2}}),
        ({"": {"": 1}}, [op("test", "//", value=1.0)], {"": {"": 1}}),
        ({"a": 1}, [op("move", "/a", **{"from": "/a"})], {"a": 1}),
        ([1], [], [1]),
    ],
)
def test_a_patch_changes_a_copy(document: Any, patch: list[Any], result: Any) -> None:
    before = deepcopy(document)
    assert patched(document, patch) == result
    assert document == before


@pytest.mark.parametrize(
    ("document", "operation", "message"),
    [
        ({}, op("add", "/a/b", value=1), "there is no 'a'"),
        ({}, op("add", "/a"), "add needs a value"),
        ({}, op("remove", "/a"), "there is no 'a'"),
        ({"a": 1}, op("add", "/a/b", value=1), "nothing inside"),
        ([1], op("remove", "/1"), "index 1 is outside an array of 1"),
        ([1], op("add", "/2", value=1), "outside an array of 1"),
        ([1], op("remove", "/-"), "'-' is no index"),
        ([1], op("remove", "/00"), "'00' is no index"),
        ([1], op("remove", "/²"), "is no index"),
        ([1], op("remove", "/" + "9" * 5_000), "is no index"),
        ({"a": True}, op("test", "/a", value=1), "/a is not 1"),
        ({"a": [1, 2]}, op("test", "/a", value=[1]), "/a is not array of 1"),
        ({"a": {"b": 1}}, op("move", "/a/b/c", **{"from": "/a"}), "cannot be moved into itself"),
        ({}, op("copy", "/a"), "null is no JSON pointer"),
        ({}, op("add", "a", value=1), "'a' is no JSON pointer"),
        ({}, op("swap", "/a"), "there is no operation 'swap'"),
        ({}, "add", "an operation is an object"),
    ],
)
def test_a_patch_that_does_not_apply_says_why(document: Any, operation: Any, message: str) -> None:
    with pytest.raises(PatchError, match=message):
        patched(document, [operation])


def test_a_patch_is_an_array() -> None:
    with pytest.raises(PatchError, match="a patch is an array"):
        patched({}, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
POINTERS = st.lists(st.sampled_from(["", "a", "0", "1", "-", "~0", "~1", "~"]), max_size=3).map(
    lambda steps: "".join(f"/{step}" for step in steps)
)


@given(
    JSON,
    st.lists(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"])},
            optional={"path": POINTERS | JSON, "from": POINTERS, "value": JSON},
        )
        | JSON,
        max_size=4,
    ),
)
@settings(max_examples=300, deadline=None)
def test_any_patch_applies_or_is_refused_and_leaves_the_document_alone(document: Any, patch: list[Any]) -> None:
    before = repr(document)
    with suppress(PatchError):
        patched(document, patch)
    assert repr(document) == before


@given(JSON)
def test_a_value_is_the_same_as_itself_however_deep(value: Any) -> None:
    assert same(value, deepcopy(value))


def test_very_deep_values_can_be_compared() -> None:
    one: Any = 0
    other: Any = 0
    for _ in range(100_000):
        one, other = [one], [other]
    assert same(one, other)
