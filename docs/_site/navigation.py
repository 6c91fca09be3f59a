"""The navigation: what mkdocs.yml names, and what need not be named there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lists import decision_pages, title

DOCS: Final = Path(__file__).parents[1]
SECTIONS: Final = {".": "Organs", "backend": "Backend", "how-to": "How-to", "evidence": "Evidence"}
"""The section that a page is listed in, by its folder, where mkdocs.yml does not name it."""


def completed(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The navigation with every rule, every decision, and at its section's end every page that nobody named."""
    for section in sections:
        for pages in section.values():
            for entry in pages:
                if isinstance(entry, dict) and "Audit rules" in entry:
                    entry["Audit rules"] = ["rules/README.md", *(f"rules/{page.name}" for page in rule_pages())]
                if isinstance(entry, dict) and "Decisions" in entry:
                    listed = [{title(page): f"decisions/{page.name}"} for page in decision_pages()]
                    entry["Decisions"] = ["decisions/README.md", *listed]
    named = set(pages_of(sections))
    for folder, name in SECTIONS.items():
        section = next(each[name] for each in sections if name in each)
        unnamed = [
            page for page in sorted((DOCS / folder).glob("*.md")) if page.relative_to(DOCS).as_posix() not in named
        ]
        section.extend({title(page): page.relative_to(DOCS).as_posix()} for page in unnamed)
    return sections


def pages_of(entry: Any) -> Iterator[str]:
    """Every page below an entry of the navigation."""
    if isinstance(entry, str):
        yield entry
    else:
        for each in entry.values() if isinstance(entry, dict) else entry:
            yield from pages_of(each)


def rule_pages() -> list[Path]:
    """The pages of the audit's rules, by id."""
    return sorted((DOCS / "rules").glob("GP*.md"))
