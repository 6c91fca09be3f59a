"""Every report of the house in a real browser: two sizes, light and dark, by keyboard, without a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from goldenpath.audit import Request, audit
from goldenpath.audit.auditing import Report
from goldenpath.audit.faces.page import as_html
from goldenpath.audit.trend import Day
from goldenpath.cli.demo.backend import BackendApi
from goldenpath.cli.demo.journey import Journey, Moment
from goldenpath.cli.demo.outcome import Outcome
from goldenpath.cli.demo.page import demo_page
from goldenpath.cli.demo.sins import Confession, confess
from goldenpath.cli.demo.takeover import Takeover
from goldenpath.cli.demo.usage import Tenant
from goldenpath.reporting import render_page
from goldenpath.tenancy import Leak, LeakReport

from .browser import Tab

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
SIZES = {"desk": (1280, 900), "phone": (390, 840)}
FINDINGS = 10_000
CONTRAST = """
(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (color) => {
    const linear = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = channels(color).map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (color.startsWith("rgb(")) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const weak = [];
  let seen = 0;
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || node.closest("script, noscript, svg") || !node.checkVisibility()) continue;
    const [one, other] = [light(getComputedStyle(node).color), light(ground(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    seen += 1;
    if (ratio < 4.5) weak.push(`${texts.currentNode.data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return {seen, weak};
})()
"""


def journey(name: str, start: float) -> Journey:
    """A tenant's way with one question, in the middle of which nothing was heard for four seconds."""
    kinds = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]
    moments = [
        Moment(start + number * 0.1 + (4.0 if number > 2 else 0.0), {"type": kind, "run_id": name, "seq": number + 1})
        for number, kind in enumerate(kinds)
    ]
    chart = {"bars": [{"label": "Cache repeated prompts", "value": "36.41"}, {"label": "Batch", "value": "3.10"}]}
    told = Journey(Tenant(name, b"header\nrecord\n"), BackendApi("http://127.0.0.1:1"), moments)
    told.answers.append(("How much could each team save?", {"text": f"You spent $39.51. {HOSTILE}", "chart": chart}))
    told.promise("the five events arrived in order", True)
    told.promise("the ticket works once", name != "globex", f"the replayed ticket opened a socket {HOSTILE}")
    return told


def outcome() -> Outcome:
    """A demo in which each kind of thing went wrong once."""
    names = ("acme", "globex", "initech")
    takeover = Takeover("first", "second", 3, 100.25, dict.fromkeys(names, 3), dict.fromkeys(names, 4.0), {})
    leak = Leak("TL001", "umbra", "solaris", "response", "route GET /threads", "$.title", "title", "", HOSTILE)
    pairs = [("umbra", "solaris"), ("solaris", "umbra")]
    cells = {f"route GET /threads: {one} acts, {other} looks" for one, other in pairs}
    isolation = LeakReport([leak], ["the log was empty"], Counter(frames=7, cache=2), 9000, 1, {}, cells)
    caught = confess()
    missed = dict(list(caught.found.items())[1:])
    confession = Confession(caught.tests, caught.score, caught.planted, missed)
    return Outcome([journey(name, 100.0) for name in names], takeover, isolation, confession, 31.5)


def audited(folder: Path) -> Report:
    """A report with very many findings: a few real ones, repeated under other names."""
    (folder / "tests").mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    for name in ("a", "b"):
        (folder / f"tests/test_{name}.py").write_text(
            f"import os\n\n\nclass MockBus:\n    def send(self):\n        return {name!r}\n\n\n"
            "def test_nothing():\n    os.environ['A'] = 'b'\n\n\ndef test_true():\n    assert True\n"
        )
    report = audit(Request(paths=[folder], cache=folder / "facts", keep_facts=False))
    assert report.findings
    many = [
        replace(finding, path=f"tests/{number}/{HOSTILE if number == 7 else 'test_many.py'}")
        for number in range(FINDINGS // len(report.findings) + 1)
        for finding in report.findings
    ][:FINDINGS]
    return replace(report, findings=many, new=many[::2], known=many[1::2])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    days = [Day(f"2026-11-{day:02}", 60.0 + day, 30 - day, 20, 5) for day in range(1, 15)]
    content = {"audit": as_html(audited(folder / "shop"), days), "demo": render_page(demo_page(outcome()))}
    for name, page in content.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in content}


@pytest.fixture(params=["audit", "demo"])
def page(pages: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    return pages[request.param]


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def tab(browser: Tab, page: Path, request: pytest.FixtureRequest) -> Iterator[Tab]:
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(page, *request.param)
    yield browser
    browser.run("localStorage.clear()")


def test_it_is_alone_without_complaints_and_fits_the_window(tab: Tab, page: Path, tmp_path: Path) -> None:
    assert tab.requests == [page.as_uri()]
    assert tab.complaints == []
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")
    tab.picture(tmp_path / "seen.png")
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_is_cut_off_that_cannot_be_scrolled_to(tab: Tab) -> None:
    hidden = tab.run(
        "[...document.querySelectorAll('main table, main figure, main ol, main .long .row')].filter(node => {"
        " const within = node.closest('.scroll, .view');"
        " return !within && node.getBoundingClientRect().right > innerWidth + 1 }).map(node => node.className)"
    )
    assert hidden == []


def test_every_text_stands_out_in_light_and_in_dark(tab: Tab) -> None:
    tab.run("document.querySelectorAll('details').forEach(node => { node.open = true })")
    for _ in range(2):
        found = tab.run(CONTRAST)
        assert found["seen"] > 50
        assert found["weak"] == []
        tab.press("t")


def test_what_was_said_stays_text(tab: Tab) -> None:
    assert "owned" not in tab.run("document.title")
    assert tab.run("document.querySelectorAll('img').length") == 0


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(tab: Tab) -> None:
    tab.press("Tab")
    assert tab.run("document.activeElement.className") == "skip"
    tab.press("Enter")
    assert tab.run("location.hash") == "#content"


def test_ten_thousand_findings_are_sorted_and_searched_by_keyboard(browser: Tab, pages: dict[str, Path]) -> None:
    browser.open(pages["audit"], 1280, 900)
    assert browser.run("document.querySelector('.status').textContent") == f"{FINDINGS:,} findings"
    assert browser.run("document.querySelectorAll('.row').length") < 80
    browser.run("document.querySelector('.head button:nth-child(2)').focus()")
    browser.press("Enter")
    assert browser.run("document.querySelector('.head button:nth-child(2)').getAttribute('aria-sort')") == "ascending"
    browser.press("Enter")
    assert browser.run("document.querySelector('.head button:nth-child(2)').getAttribute('aria-sort')") == "descending"
    browser.press("/")
    for key in "tests/7/":
        browser.press(key)
    found = browser.run("[...document.querySelectorAll('.row .name')].map(cell => cell.textContent)")
    assert found
    assert all("tests/7/" in name for name in found)


def test_what_was_broken_comes_first(browser: Tab, pages: dict[str, Path]) -> None:
    browser.open(pages["demo"], 1280, 900)
    assert browser.run("document.querySelector('main > section:nth-of-type(2)').id") == "failures"
    shown = browser.run("[...document.querySelectorAll('#failures .incident .name')].map(node => node.textContent)")
    assert shown == [
        "the ticket works once",
        "runs go on after kill -9 of their instance",
        "the isolation matrix finds no leak",
        "the audit finds every planted sin, and only those",
    ]


def test_paper_has_everything_open(tab: Tab) -> None:
    tab.run("dispatchEvent(new Event('beforeprint'))")
    assert tab.run("document.querySelectorAll('details:not([open])').length") == 0
    tab.run("dispatchEvent(new Event('afterprint'))")
