from __future__ import annotations

import re
from dataclasses import replace

from goldenpath.cli.demo.sins import SUFFIX, SUITE, Sin, confess

CONFESSION = confess()


def test_every_planted_sin_is_found_at_its_place_and_nothing_else() -> None:
    assert CONFESSION.missed == []
    assert CONFESSION.false_alarms == []
    assert CONFESSION.check().held


def test_the_suite_has_sins_of_every_kind_the_demo_speaks_of() -> None:
    rules = {sin.rule for sin in CONFESSION.planted}
    assert {"GP101", "GP105", "GP203", "GP501", "GP602"} <= rules
    assert len(rules) == len(CONFESSION.planted) == 15


def test_a_sin_that_nobody_finds_breaks_the_promise_by_name() -> None:
    overlooked = Sin("tests/unit/test_orders.py", 1, "GP601")
    confession = replace(CONFESSION, planted=(*CONFESSION.planted, overlooked))
    assert not confession.check().held
    assert confession.check().detail == "missed: GP601 empty-test in tests/unit/test_orders.py:1"


def test_a_finding_where_nothing_was_planted_breaks_it_too() -> None:
    alarm = CONFESSION.planted[0]
    confession = replace(CONFESSION, planted=CONFESSION.planted[1:])
    assert not confession.check().held
    assert confession.check().detail == f"false alarm: {alarm}"


def test_a_suite_without_sins_proves_nothing() -> None:
    assert not replace(CONFESSION, planted=(), found={}).check().held


def test_no_file_of_the_suite_is_taken_for_code() -> None:
    files = [path for path in SUITE.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert all(re.fullmatch(rf".+\.(py|toml)\{SUFFIX}", path.name) for path in files)
