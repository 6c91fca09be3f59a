"""Each of the mock factory's scenarios is listed once, and a unit test stands for it."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from goldenpath.runner.census import take_census

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[3]
SCENARIOS = tomllib.loads((HERE / "mock_factory_scenarios.toml").read_text())["scenario"]
GROUPS = {
    "interfaces": 9,
    "performance": 8,
    "isolation": 9,
    "regression prevention": 10,
    "events": 13,
    "pipelines": 7,
}


def test_every_group_has_its_scenarios_and_each_is_listed_once() -> None:
    assert Counter(each["group"] for each in SCENARIOS) == GROUPS
    assert len({(each["group"], each["scenario"]) for each in SCENARIOS}) == sum(GROUPS.values()) == 56
    assert {each["component"] for each in SCENARIOS} == {0}


def test_every_test_that_is_named_stands_among_the_unit_tests_and_stands_for_one_scenario() -> None:
    standing = {entry.stem for entry in take_census(REPOSITORY, [HERE], keep=False).entries}
    named = [test for each in SCENARIOS for test in each["tests"]]
    assert [test for test in named if test not in standing] == []
    assert [test for test, times in Counter(named).items() if times > 1] == []
    assert all(each["tests"] for each in SCENARIOS)
