from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.runner.categories import BUILT_IN, Categories
from goldenpath.runner.layers import FailFast
from goldenpath.runner.levels import waves
from goldenpath.runner.plan import ASKED_FOR, Wish, chosen, make_plan
from goldenpath.runner.record import PlannedItem
from goldenpath.runner.request import Request, Shard
from goldenpath.runner.selection import in_shard
from goldenpath.runner.settings import Settings, UsageError, load_settings

HOUSE = Settings(Path())
NAMES = [row.name for row in BUILT_IN]


def settings(folder: Path, text: str) -> Settings:
    (folder / "pyproject.toml").write_text(text)
    return load_settings(folder)


@given(st.sets(st.sampled_from(NAMES), min_size=1))
def test_a_plan_has_what_was_asked_for_and_all_it_needs_each_after_its_needs(names: set[str]) -> None:
    why = chosen(Wish(sorted(names)), HOUSE)
    order = list(why)
    assert names <= set(order)
    for name in order:
        needs = HOUSE.categories.rows[name].needs
        assert set(needs) <= set(order)
        assert all(order.index(need) < order.index(name) for need in needs)
        assert (why[name] == ASKED_FOR) == (name in names)


def test_alone_leaves_out_what_is_needed() -> None:
    assert list(chosen(Wish(["integration"], alone=True), HOUSE)) == ["integration"]
    assert chosen(Wish(["integration"]), HOUSE)["database"] == "needed by integration"


def test_a_mode_is_its_layers() -> None:
    layers = {HOUSE.categories.rows[name].layer for name in chosen(Wish(mode="fast_feedback"), HOUSE)}
    assert layers == {"fast_feedback"}


def test_the_plan_counts_tests_and_predicts_the_end() -> None:
    items = [PlannedItem(f"t{n}", "unit", "fast_feedback", 1.0) for n in range(4)]
    wish = Wish(fail_fast=FailFast.NEVER)
    plan = make_plan(chosen(wish, HOUSE), items, {"unit": ("redis",)}, 2, HOUSE, wish)
    assert [(row.name, row.tests, row.services) for row in plan.categories] == [("unit", 4, ("redis",))]
    assert (plan.tests, plan.services, plan.predicted) == (4, ("redis",), 2.0)
    assert [layer.fail_fast for layer in plan.layers] == ["never"]


def test_categories_of_a_layer_run_in_waves() -> None:
    items = [PlannedItem("a", name, "core_integration") for name in ("security", "database", "integration")]
    plan = make_plan(chosen(Wish(), HOUSE), items, {}, 1, HOUSE, Wish())
    core = [row for row in plan.categories if row.layer == "core_integration"]
    assert [[row.name for row in wave] for wave in waves(core)] == [["security", "database"], ["integration"]]


@pytest.mark.parametrize(
    ("path", "marks", "category"),
    [
        ("kit/tests/unit/websocket/test_x.py", (), "unit"),
        ("tests/websocket/test_x.py", (), "websocket"),
        ("api/test_x.py", (), "api"),
        ("api/tests/unit/test_x.py", (), "unit"),
        ("tests/unit/test_x.py", ("slow", "smoke"), "smoke"),
        ("tests/test_x.py", (), "unit"),
    ],
)
def test_a_test_is_of_the_category_its_mark_or_its_outermost_folder_says(
    path: str, marks: tuple[str, ...], category: str
) -> None:
    assert Categories().of(path, marks) == category


def test_a_project_adds_categories_and_changes_layers(tmp_path: Path) -> None:
    own = settings(
        tmp_path,
        "[tool.goldenpath.runner]\ndefault_category = 'fuzz'\ntokens = {gpu = 2}\n"
        "[tool.goldenpath.runner.categories.fuzz]\nlayer = 'e2e_background'\nfolders = ['fuzz']\n"
        "[tool.goldenpath.runner.layers.e2e_background]\nbudget = 60\nfail_fast = 'category'\n",
    )
    assert own.categories.of("tests/anything.py") == "fuzz"
    assert (own.layers["e2e_background"].budget, own.layers["e2e_background"].fail_fast) == (60, FailFast.CATEGORY)
    assert own.tokens == {"heavy": 1, "gpu": 2}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.goldenpath.runner]\ncategoris = 1\n", "did you mean 'categories'?"),
        ("[tool.goldenpath.runner.categories.unit]\nneeds = ['intergration']\n", "did you mean 'integration'?"),
        ("[tool.goldenpath.runner.categories.unit]\nneeds = ['e2e']\n", "of the later layer e2e_background"),
        ("[tool.goldenpath.runner.categories.fuzz]\nfolders = ['fuzz']\n", "missing 1 required positional argument"),
        ("[tool.goldenpath.runner.layers.fast_feedback]\nthreshold = 95\n", "threshold is a share 0..1"),
        ("[tool.goldenpath.runner.layers.fast_feedback]\nfail_fast = 'sometimes'\n", "there is no 'sometimes'"),
        ("[tool.goldenpath.runner.modes]\nquick = ['fast']\n", "mode 'quick': there is no 'fast'"),
        ("[tool.goldenpath\n", "pyproject.toml does not parse"),
    ],
)
def test_a_setting_that_cannot_be_obeyed_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("?", r"\?")):
        settings(tmp_path, text)


def test_needs_in_a_circle_are_named(tmp_path: Path) -> None:
    text = "".join(
        f"[tool.goldenpath.runner.categories.{a}]\nneeds = ['{b}']\n" for a, b in [("api", "agent"), ("agent", "api")]
    )
    with pytest.raises(UsageError, match="in a circle: "):
        chosen(Wish(), settings(tmp_path, text))


@given(st.text(), st.integers(1, 9))
def test_every_test_is_in_exactly_one_shard(name: str, of: int) -> None:
    assert sum(in_shard(name, Shard(number, of)) for number in range(1, of + 1)) == 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "-1/3"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write it as i/n"):
        Shard.parse(text)


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"env": "prod"}, "--allow-prod"),
        ({"env": "pord"}, "did you mean 'prod'"),
        ({"workers": 0}, "at least one"),
        ({"timeout": 0.0}, "above 0"),
        ({"min_coverage": 101.0}, "0 to 100"),
        ({"retries": -1}, "negative"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(wishes: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Request(**wishes)  # type: ignore[arg-type]


def test_a_request_tells_what_differs_from_a_plain_one() -> None:
    assert Request(workers=3, keyword="x").options == {"workers": "3", "keyword": "x"}
    assert Request(real_llm=True).variables == {"GOLDENPATH_ENV": "test", "GOLDENPATH_REAL_LLM": "1"}
