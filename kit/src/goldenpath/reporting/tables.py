"""Tables: small ones that stand in the page, and long ones of which only what is in view is drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from goldenpath.reporting.markup import Markup, element, text
from goldenpath.reporting.tone import Tone

PRINTED: Final = 200
"""Rows of a long table that are put on paper."""


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], numbers: Sequence[int] = ()) -> Markup:
    """A small table; columns in `numbers` are set to the right."""
    right = dict.fromkeys(numbers, "num")
    head = [element("th", {"scope": "col", "class": right.get(place)}, each) for place, each in enumerate(headings)]
    body = [
        element("tr", None, [element("td", {"class": right.get(place)}, cell) for place, cell in enumerate(row)])
        for row in rows
    ]
    whole = element("table", None, element("thead", None, element("tr", None, head)), element("tbody", None, body))
    return element("div", {"class": "scroll"}, whole)


def word(label: str, tone: Tone) -> Markup:
    """A word in a tone, for a cell."""
    return element("span", {"class": f"word tone-{tone}"}, label)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a long table.

    Kinds: `text`, `name` (set in a fixed width), `tone` (one of the table's words), `seconds`, `number`, and two for
    one of `choices`, given by its index, which keeps a long table small: `choice`, and `path`, whose end is shown.
    """

    label: str
    kind: str = "text"
    choices: Sequence[str] = ()
    width: str = "8rem"
    wide: bool = False
    """Left out on a small screen."""


@dataclass(frozen=True, slots=True)
class LongTable:
    """A table of any length, with a search, filters and an order, drawn by the page's own script."""

    id: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    words: Sequence[tuple[str, Tone]] = ()
    """What a `tone` column says, by its index."""
    noun: str = "rows"
    hint: str = "search: words, or -words to leave out"
    sort: tuple[int, int] = field(default=(0, 1))
    """The column it is sorted by at first, and 1 or -1."""

    def render(self) -> Markup:
        """The frame of the table, and its content as data that is never parsed as HTML."""
        content = {
            "columns": [[each.label, each.kind, each.choices, each.width, each.wide] for each in self.columns],
            "words": [[word, tone.value] for word, tone in self.words],
            "noun": self.noun,
            "sort": self.sort,
            "printed": PRINTED,
            "rows": self.rows,
        }
        return element(
            "div",
            {"class": "long", "data-table": self.id},
            element(
                "div",
                {"class": "bar"},
                element("input", {"type": "search", "placeholder": self.hint, "aria-label": self.hint}),
                element("span", {"class": "chips"}),
                element("span", {"class": "status", "role": "status"}),
            ),
            element("div", {"class": "head", "role": "row"}),
            element("div", {"class": "view", "tabindex": "0", "role": "table"}),
            element("script", {"type": "application/json"}, inert_json(content)),
            element("noscript", None, text(f"{len(self.rows):,} {self.noun}; this table needs the page's own script.")),
        )


def inert_json(content: object) -> Markup:
    """JSON that no HTML parser can be led out of: `</script>`, `<!--` and their kin cannot occur in it."""
    plain = json.dumps(content, separators=(",", ":"), ensure_ascii=True)
    return Markup(plain.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
