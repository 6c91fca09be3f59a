"""Every rule does on the examples of its own page what the page says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from goldenpath.audit.auditing import Request, audit
from goldenpath.audit.catalogue import PAGES, catalogue, page
from goldenpath.audit.examples import HEADINGS, Example, examples, sections

TOLD_ELSEWHERE = {"GP901", "GP902", "GP906"}
"""Rules about a baseline's history, which no single tree can show: test_ledger.py shows it."""

WRONG = [(rule, example) for rule in catalogue() for example in examples(sections(page(rule))["Example"])]
RIGHT = [
    (rule, example)
    for rule in catalogue()
    for heading in ("Use instead", "Look-alikes that are fine")
    for example in examples(sections(page(rule))[heading])
]


def found(rule: str, example: Example, root: Path) -> set[tuple[str, int]]:
    for name, text in {"pyproject.toml": "", **example.files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    report = audit(Request(paths=[root], cache=root / ".facts", today=date(2026, 11, 21)))
    return {(finding.path, finding.line) for finding in report.findings if finding.rule == rule}


@pytest.mark.parametrize("rule", catalogue())
def test_a_page_has_all_headings_in_order_and_names_its_rule(rule: str) -> None:
    text = page(rule)
    assert tuple(sections(text)) == HEADINGS
    assert text.startswith(f"# {rule}: {catalogue()[rule].name}\n")


@pytest.mark.parametrize("rule", sorted(set(catalogue()) - TOLD_ELSEWHERE))
def test_a_page_shows_something_wrong_and_something_alike_that_is_fine(rule: str) -> None:
    assert any(example.marked(rule) for each, example in WRONG if each == rule)
    assert [example for each, example in RIGHT if each == rule]


@pytest.mark.parametrize(("rule", "example"), WRONG)
def test_what_a_page_marks_as_wrong_is_found_and_nothing_else(rule: str, example: Example, tmp_path: Path) -> None:
    assert found(rule, example, tmp_path) == example.marked(rule)


@pytest.mark.parametrize(("rule", "example"), RIGHT)
def test_what_a_page_calls_right_is_left_alone(rule: str, example: Example, tmp_path: Path) -> None:
    assert found(rule, example, tmp_path) == set()


def test_every_page_belongs_to_a_rule() -> None:
    assert {path.stem for path in PAGES.glob("GP*.md")} == set(catalogue())


def test_the_index_lists_every_rule_as_it_is() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    rows = [
        f"| [{rule.id} {rule.name}]({rule.id}.md) | {rule.severity.value} | {rule.summary} |\n"
        for rule in catalogue().values()
    ]
    assert [row for row in rows if row not in index] == []
