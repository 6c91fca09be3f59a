from __future__ import annotations

import pytest

from goldenpath.probe.templates import TemplateError, dig, fill, parse_path, placeholders

VALUES = {"seq": 7, "name": "ada", "first.token": "t1"}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("hello {name}", "hello ada"),
        ("{seq}", 7),
        ("number {seq}", "number 7"),
        ({"a": ["{name}", {"b": "{first.token}"}], "c": 3}, {"a": ["ada", {"b": "t1"}], "c": 3}),
        ('{"a": "{name}"}', '{"a": "ada"}'),
        ("no gap: {} { name } {1}", "no gap: {} { name } {1}"),
    ],
)
def test_gaps_are_filled_however_deep_and_a_lone_gap_becomes_the_value_itself(template: object, filled: object) -> None:
    assert fill(template, VALUES.__getitem__) == filled


def test_the_names_of_all_gaps_are_known() -> None:
    assert set(placeholders({"a": ["{x}", {"b": "{y.z} {x}"}], "c": 3})) == {"x", "y.z"}


@pytest.mark.parametrize(
    ("path", "found"), [("$.a.b", 1), ("a.b", 1), ("$.list[1].id", "two"), ("list[0]", {"id": "one"})]
)
def test_a_path_leads_to_what_stands_there(path: str, found: object) -> None:
    assert dig({"a": {"b": 1}, "list": [{"id": "one"}, {"id": "two"}]}, path) == found


@pytest.mark.parametrize("path", ["$.a.c", "list[2]", "a[0]", "a.b.c"])
def test_a_path_that_leads_nowhere_says_so(path: str) -> None:
    with pytest.raises(TemplateError, match="there is nothing at"):
        dig({"a": {"b": 1}, "list": [1, 2]}, path)


@pytest.mark.parametrize("path", ["", "$", "$.", "a[", "a[x]", "a..b"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(TemplateError, match="is no path"):
        parse_path(path)
