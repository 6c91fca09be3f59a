"""Every rule there is: one module each in `goldenpath.audit.rules`, found by its name, documented by its page."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from goldenpath.audit import rules
from goldenpath.audit.rule import Rule

PAGES = Path(__file__).parent / "pages"


@cache
def catalogue() -> dict[str, Rule]:
    """All rules by id, in order."""
    found: dict[str, Rule] = {}
    for module in sorted(iter_modules(rules.__path__), key=lambda each: each.name):
        rule: Rule = import_module(f"{rules.__name__}.{module.name}").RULE
        found[rule.id] = rule
    return found


def page(rule: str) -> str:
    """The page of a rule, as Markdown."""
    return (PAGES / f"{rule}.md").read_text(encoding="utf-8")
