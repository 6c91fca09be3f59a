"""The page of a probe as a reader sees it: in a real browser, at two sizes, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenpath.probe import Ledger, Report, load_scenario, target_of
from goldenpath.probe.faces.page import page
from goldenpath.probe.load import Traffic
from goldenpath.probe.verdict import Cause

from .browser import Tab, chromium

pytestmark = pytest.mark.integration
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
LONG = "x" * 400


def a_report() -> Report:
    ledger, traffic = Ledger(), Traffic(connections=4, offered=40, ended=30, events=400, begun=1.0, over=6.0)
    for check in ("PB101", "PB103", "PB203"):
        ledger.held(check, 40)
    for number in range(30):
        ledger.broke("PB201", f"{HOSTILE} {number}", "probe-1/user1", f"- a\n+ b {LONG}")
    ledger.not_shown("PB401", "no user found its own mark")
    ledger.not_asked("PB602", "faults.oversize is 0")
    for number in range(1, 41):
        traffic.latencies.note("first event", number / 1000)
        traffic.latencies.note(f"{HOSTILE}{LONG}", number / 100)
    target = target_of("http://127.0.0.1:8000")
    return Report(target, load_scenario("agent-backend"), ledger, traffic, 7.0, Cause.DONE, "seed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with chromium() as tab:
        yield tab


@pytest.fixture(params=[(1280, 900), (390, 840)], ids=["desk", "phone"])
def tab(browser: Tab, tmp_path: Path, request: pytest.FixtureRequest) -> Tab:
    path = tmp_path / "probe.html"
    path.write_text(page(a_report()), encoding="utf-8")
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(path, *request.param)
    return browser


def test_it_is_alone_without_complaints_and_fits_the_window(tab: Tab) -> None:
    assert len(tab.requests) == 1
    assert tab.complaints == []
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")


def test_findings_come_first_and_what_an_endpoint_said_stays_text(tab: Tab) -> None:
    assert tab.run("document.querySelector('main > section:nth-of-type(2)').id") == "findings"
    assert tab.run("document.querySelector('.said').textContent") == f"probe-1/user1: {HOSTILE} 0"
    assert "owned" not in tab.run("document.title")
    assert tab.run("document.querySelectorAll('img').length") == 0


def test_no_name_of_a_check_is_broken_into_pieces(tab: Tab) -> None:
    names = "[...document.querySelectorAll('#checks .word')]"
    assert tab.run(f"{names}.length") == 23
    assert tab.run(f"{names}.every(name => name.getClientRects().length === 1)")
    assert tab.run("[...document.querySelectorAll('#checks td:nth-child(2)')].every(cell => cell.clientWidth > 100)")
