"""Something that went wrong, told so that a person sees at once what, where, and how to see it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from goldenpath.reporting.markup import Markup, element
from goldenpath.reporting.tone import SIGNS, Tone

_LIMIT: Final = 20_000
"""Characters of a text that are kept: its end, where the error stands."""
_PLACE: Final = re.compile(r"^\S+\.py:\d+(: .*)?$|^\s*File \"")


@dataclass(frozen=True, slots=True)
class Incident:
    """One failure."""

    title: str
    message: str = ""
    label: str = ""
    """failed, timed out, …"""
    tone: Tone = Tone.BAD
    place: str = ""
    facts: Sequence[str] = ()
    text: str = ""
    command: str = ""
    folded: str = "traceback and output"
    """What the long text is."""
    open: bool = False

    def render(self) -> Markup:
        """A card; the long text is folded away."""
        context, _, name = self.title.rpartition("::")
        if self.place.startswith(f"{context.partition('::')[0]}:"):
            context = context.partition("::")[2]
        return element(
            "article",
            {"class": f"incident tone-{self.tone}", "tabindex": "-1"},
            element(
                "h3",
                None,
                element("i", {"aria-hidden": "true"}, SIGNS[self.tone]),
                element("span", {"class": "label"}, self.label),
                element("span", {"class": "name"}, _breakable(name or self.title)),
            ),
            element(
                "p",
                {"class": "path"},
                " · ".join(filter(None, (self.place, context.replace("::", " / "), *self.facts))),
            ),
            element("p", {"class": "said"}, self.message) if self.message else None,
            self._details(),
            self._again(),
        )

    def _details(self) -> Markup | None:
        if not self.text.strip():
            return None
        return element(
            "details",
            {"open": self.open},
            element("summary", None, self.folded),
            element("pre", None, _lines(self.text)),
        )

    def _again(self) -> Markup | None:
        if not self.command:
            return None
        copy = element("button", {"type": "button", "data-copy": self.command, "title": "copy the command"}, "copy")
        return element("p", {"class": "again"}, element("code", None, self.command), copy)


def _breakable(name: str) -> Markup:
    """A long name may be broken after its underscores."""
    return Markup(element("span", None, name)[6:-7].replace("_", "_<wbr>"))


def _lines(content: str) -> Iterator[Markup] | list[Markup]:
    content = content.strip("\n")
    if len(content) > _LIMIT:
        content = f"… {len(content) - _LIMIT:,} characters before\n{content[-_LIMIT:]}"
    return [element("span", {"class": _kind(line)}, line + "\n") for line in content.split("\n")]


def _kind(line: str) -> str | None:
    if line.startswith("E "):
        return "error"
    if line.startswith(">"):
        return "here"
    if _PLACE.match(line):
        return "place"
    return "rule" if line.startswith(("____", "----", "====", "_ _ _")) else None
