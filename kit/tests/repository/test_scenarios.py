"""Every scenario of the ten components is listed, and stands in an integration test of its component's distribution."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from goldenpath.runner.census import take_census

REPOSITORY = Path(__file__).parents[3]
LISTS = sorted(
    [*REPOSITORY.glob("kit/tests/**/scenarios_*.toml"), *REPOSITORY.glob("backend/tests/**/scenarios_*.toml")]
)

LEAST: Final = {1: 20, 2: 26, 3: 19, 4: 20, 5: 34, 6: 24, 7: 24, 8: 25, 9: 26, 10: 28}
"""How many scenarios a component has at least, by its number."""

DISTRIBUTION: Final = {number: "kit" if number in {3, 5, 10} else "backend" for number in LEAST}
INTEGRATION: Final = {name: f"{name}/tests/integration" for name in ("kit", "backend")}
FIELDS: Final = {"component", "group", "scenario", "tests"}


@pytest.fixture(scope="module")
def scenarios() -> list[dict[str, Any]]:
    """What all lists say."""
    return [scenario for path in LISTS for scenario in tomllib.loads(path.read_text("utf-8"))["scenario"]]


def test_a_scenario_says_whose_it_is_what_it_is_and_by_which_tests_it_is_covered(
    scenarios: list[dict[str, Any]],
) -> None:
    assert scenarios
    for scenario in scenarios:
        assert scenario.keys() == FIELDS, scenario
        assert scenario["component"] in LEAST, scenario
        assert scenario["group"].strip(), scenario
        assert scenario["scenario"].strip(), scenario
        assert scenario["tests"], scenario


def test_a_scenario_is_listed_once(scenarios: list[dict[str, Any]]) -> None:
    listed = Counter((each["component"], each["group"], each["scenario"]) for each in scenarios)
    assert [scenario for scenario, times in listed.items() if times > 1] == []


def test_no_component_is_missing_and_each_has_as_many_scenarios_as_it_must(scenarios: list[dict[str, Any]]) -> None:
    counts = Counter(each["component"] for each in scenarios)
    assert {number: counts[number] for number, least in LEAST.items() if counts[number] < least} == {}


def test_every_test_that_is_named_stands_among_the_integration_tests_of_its_distribution(
    scenarios: list[dict[str, Any]],
) -> None:
    census = take_census(REPOSITORY, [REPOSITORY / place for place in INTEGRATION.values()], keep=False)
    standing = {entry.stem for entry in census.entries}
    for scenario in scenarios:
        within = f"{INTEGRATION[DISTRIBUTION[scenario['component']]]}/"
        for test in scenario["tests"]:
            assert test.startswith(within), scenario
            assert test in standing, f"there is no test {test}, which {scenario['scenario']!r} names"
