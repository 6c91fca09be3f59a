"""The table of planted faults cannot rot, and what runs it sees what there is to see."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[3] / "bench"
NOTICES = "kit/tests/unit/services/test_ports.py::test_a_wanted_port_that_is_taken_is_refused_by_number"
PLACE = "kit/src/goldenpath/services/ports.py"
ISOLATION = {
    "set-for-set-local",
    "rls-without-force",
    "get-then-del-ticket",
    "channel-key-without-tenant",
    "cancelled-connection-back-to-the-pool",
    "seq-reset-on-takeover",
    "cache-key-without-tenant",
    "user-id-from-the-message-body",
    "an-error-names-another-user",
    "snapshot-of-the-wrong-thread",
}


@pytest.fixture
def mutation(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What plants a fault and runs the tests."""
    monkeypatch.syspath_prepend(str(BENCH))
    import _mutation

    return _mutation


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    import _planted

    return _planted


def test_every_mutant_still_applies_and_the_tests_that_should_notice_are_there(table: Any) -> None:
    mutants = table.planted()
    for mutant in mutants:
        mutant.check()
        assert all(edit.old != edit.new for edit in mutant.edits), mutant.id
    assert len({mutant.id for mutant in mutants}) == len(mutants) >= 44


def test_every_component_has_three_mutants_and_the_isolation_of_tenants_its_ten(table: Any) -> None:
    counts = Counter(mutant.component for mutant in table.planted())
    assert {number: counts[number] >= 3 for number in table.COMPONENTS} == dict.fromkeys(table.COMPONENTS, True)
    assert {mutant.id for mutant in table.planted() if mutant.isolation} == ISOLATION


def planted(table: Any, old: str, new: str) -> Any:
    edit = table.Edit(PLACE, old, new)
    return table.Mutant("example", 5, "an example", (edit,), (NOTICES,))


@pytest.mark.parametrize(
    ("old", "new", "fate"),
    [
        ("        return wanted\n", "        return wanted  # the same\n", "survived"),
        ("            listen(wanted)\n", "            pass\n", "killed"),
    ],
)
def test_a_fault_is_killed_and_a_change_that_is_none_survives(
    table: Any, mutation: Any, old: str, new: str, fate: str
) -> None:
    outcome = mutation.outcome_of(planted(table, old, new))
    assert (outcome.fate, outcome.killed_by) == (fate, NOTICES if fate == "killed" else "")


def test_a_fault_that_keeps_the_tests_from_starting_is_no_kill(table: Any, mutation: Any) -> None:
    with pytest.raises(table.Refused, match="no test failed, pytest itself did"):
        mutation.outcome_of(planted(table, "ATTEMPTS: Final = 20\n", "ATTEMPTS: Final = \n"))


def test_tests_that_do_not_end_in_their_time_are_told_apart(table: Any, mutation: Any) -> None:
    endless = planted(table, "            listen(wanted)\n", "            pass\n")
    assert mutation.outcome_of(endless, timeout=0.01).fate == "timed out"


def test_a_text_that_is_not_there_exactly_once_is_refused(table: Any, mutation: Any) -> None:
    for old in ("no such text", "PortTaken"):
        mutant = planted(table, old, "something else")
        with pytest.raises(table.Refused, match="exactly once is expected"):
            mutation.outcome_of(mutant)
        with pytest.raises(table.Refused, match="not once"):
            mutant.check()


def test_tests_that_fail_without_any_fault_prove_nothing(table: Any, mutation: Any) -> None:
    with pytest.raises(table.Refused, match="without any mutant the tests do not pass"):
        mutation.require_sound([f"{NOTICES}_no_such_test"])
