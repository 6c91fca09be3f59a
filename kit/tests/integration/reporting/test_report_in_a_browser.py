"""The report of a run as a reader sees it: in a real browser, at two sizes, with the keyboard, without a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from goldenpath.reporting import render_page
from goldenpath.runner.faces.page import run_page
from goldenpath.runner.record import (
    Asked,
    ExitCode,
    NotRun,
    NotRunReason,
    Outcome,
    Plan,
    RunRecord,
    TestResult,
    Verdict,
)

from .browser import Tab

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
MANY = 20_000


def result(number: int) -> TestResult:
    bad = number % 2000 == 7
    return TestResult(
        f"tests/unit/test_{number % 50}.py::test_{number}" + ("[<b>]" if bad else ""),
        Outcome.FAILED if bad else Outcome.PASSED,
        "call",
        "unit",
        "fast_feedback",
        0.001 * (number % 97),
        1000 + number * 0.01,
        f"w{number % 4}",
        1,
        1,
        HOSTILE if bad else "",
        f"E   AssertionError\n{HOSTILE}" if bad else "",
        f"tests/unit/test_{number % 50}.py",
        number,
    )


RECORD = RunRecord(
    "run-1",
    Asked(("--mode", "full")),
    Plan(workers=4),
    Verdict(ExitCode.FAILED, "failures", HOSTILE),
    1000.0,
    1210.0,
    results=[result(number) for number in range(MANY)],
    not_run=[NotRun("tests/test_ghost.py::TestGhost", NotRunReason.GHOST, "TestGhost has a __init__")],
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_page(run_page(RECORD, {})), encoding="utf-8")
    return path


@pytest.fixture(params=[(1280, 900), (390, 840)], ids=["desk", "phone"])
def tab(browser: Tab, report: Path, request: pytest.FixtureRequest) -> Tab:
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(report, *request.param)
    return browser


def test_it_is_alone_without_complaints_and_fits_the_window(tab: Tab, report: Path) -> None:
    assert tab.requests == [report.as_uri()]
    assert tab.complaints == []
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")


def test_what_tests_said_stays_text(tab: Tab) -> None:
    assert "owned" not in tab.run("document.title")
    assert tab.run("document.querySelectorAll('img').length") == 0
    assert tab.run("document.querySelector('.said').textContent") == HOSTILE
    assert "[<b>]" in tab.run("document.querySelector('.incident .name').textContent")


def test_failures_come_before_everything_else(tab: Tab) -> None:
    assert tab.run("document.querySelector('main > section:nth-of-type(2)').id") == "failures"
    assert tab.run("document.querySelectorAll('.incident').length") == MANY // 2000


def test_twenty_thousand_rows_are_a_few_dozen_at_a_time(tab: Tab) -> None:
    assert tab.run("document.querySelectorAll('.row').length") < 80
    assert tab.run("document.querySelector('.status').textContent") == "20,000 tests"
    tab.run("document.querySelector('.view').scrollTop = 1e9")
    tab.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert tab.run("[...document.querySelectorAll('.row')].some(row => row.textContent.includes('test_19999'))")
    assert tab.run("document.querySelectorAll('.row').length") < 80


def test_the_keyboard_searches_walks_through_failures_and_turns_the_light_off(tab: Tab) -> None:
    tab.press("j")
    tab.press("j")
    assert tab.run("[...document.querySelectorAll('.incident')].indexOf(document.activeElement)") == 1
    before = tab.run("getComputedStyle(document.body).backgroundColor")
    tab.press("t")
    assert tab.run("getComputedStyle(document.body).backgroundColor") != before
    tab.press("t")
    tab.press("?")
    assert tab.run("document.getElementById('keys').open")
    tab.press("Escape")
    assert not tab.run("document.getElementById('keys').open")
    tab.press("/")
    for key in "test_77 -test_777":
        tab.press(key)
    found = "[...document.querySelectorAll('.row .name')].map(cell => cell.textContent)"
    assert "test_7712" in tab.run(found)
    assert not any("test_777" in name for name in tab.run(found))


def test_a_click_on_an_outcome_leaves_only_those(tab: Tab) -> None:
    tab.run("document.querySelector('.chips button').click()")
    assert tab.run("document.querySelector('.status').textContent") == "10 of 20,000 tests"
    assert tab.run("[...document.querySelectorAll('.row .word')].every(cell => cell.textContent === 'failed')")


def test_paper_has_every_failure_open_and_says_what_is_left_out(tab: Tab) -> None:
    tab.run("dispatchEvent(new Event('beforeprint'))")
    assert tab.run("document.querySelectorAll('details:not([open])').length") == 0
    assert tab.run("document.querySelector('.paper p').textContent") == "and 19,800 more tests, in the file itself"
    tab.run("dispatchEvent(new Event('afterprint'))")
    assert tab.run("document.querySelector('.paper')") is None


def test_a_run_of_nothing_has_a_report_too(browser: Tab, tmp_path: Path) -> None:
    nothing = replace(
        RECORD, results=[], not_run=[], verdict=Verdict(ExitCode.NOTHING_RAN, "nothing_executed", "nothing ran")
    )
    path = tmp_path / "nothing.html"
    path.write_text(render_page(run_page(nothing, {})), encoding="utf-8")
    browser.complaints.clear()
    browser.open(path, 1280, 900)
    assert browser.complaints == []
    assert browser.run("document.querySelector('.verdict').textContent") == "✕Less ran than was promisedexit 3"
