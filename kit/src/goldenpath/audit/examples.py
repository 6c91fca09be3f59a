"""The examples of a rule's page: small projects, with what is to be found in them marked in comments.

A fenced block names its file: ```python title="tests/test_x.py". Blocks that follow each other are one project, prose
between them starts another. A line to be flagged ends in `# GP501`; where it cannot, the next line says `# ^ GP501`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

HEADINGS: Final = (
    "What it flags",
    "Why is this bad",
    "Example",
    "Use instead",
    "Fix safety",
    "Look-alikes that are fine",
)
_HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)
_PART: Final = re.compile(r"^```\w+ title=\"(?P<path>[^\"]+)\"\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK: Final = re.compile(r"#\s*(?P<above>\^\s*)?(?P<rules>GP\d{3}(?:,\s*GP\d{3})*)\s*$")


@dataclass(frozen=True)
class Example:
    """One small project out of a page."""

    files: dict[str, str]

    def marked(self, rule: str) -> set[tuple[str, int]]:
        """The places where a rule is to be found, as (path, line)."""
        found: set[tuple[str, int]] = set()
        for path, text in self.files.items():
            for number, line in enumerate(text.splitlines(), 1):
                match = _MARK.search(line)
                if match and rule in re.split(r",\s*", match["rules"]):
                    found.add((path, number - 1 if match["above"] else number))
        return found


def sections(page: str) -> dict[str, str]:
    """The text below each second-level heading."""
    parts = _HEADING.split(page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def examples(section: str) -> list[Example]:
    """The small projects of one section."""
    found: list[dict[str, str]] = []
    end = -1
    for match in _PART.finditer(section):
        if end < 0 or section[end : match.start()].strip() or match["path"] in found[-1]:
            found.append({})
        found[-1][match["path"]] = match["text"]
        end = match.end()
    return [Example(files) for files in found]
