"""The page itself: one file that needs no other, no network and no server."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from goldenpath.reporting.markup import Markup, element, join
from goldenpath.reporting.tone import SIGNS, Tone

_ASSETS: Final = Path(__file__).parent / "assets"
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing is loaded from anywhere, and no script runs but the page's own, whatever stands in the report."""
_KEYS: Final = (
    ("/", "search"),
    ("j k", "next, previous failure"),
    ("g", "to the top"),
    ("e", "open or close all details"),
    ("t", "light or dark"),
    ("?", "these keys"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure worth a glance."""

    label: str
    value: str
    tone: Tone = Tone.MUTED
    note: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """What came out, in one sentence; what else was wrong below it."""

    tone: Tone
    verdict: str
    message: str
    also: Sequence[str] = ()
    code: str = ""
    """What a program would see: `exit 1`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with an entry in its navigation."""

    id: str
    title: str
    body: Markup
    count: int | None = None
    tone: Tone = Tone.MUTED
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report."""

    kind: str
    """run, audit, probe, demo."""
    title: str
    subtitle: str
    headline: Headline
    tiles: Sequence[Tile] = ()
    banner: Markup = field(default_factory=lambda: Markup(""))
    """A chart right below the headline."""
    sections: Sequence[Section] = ()
    footer: str = ""


def render_page(page: Page) -> str:
    """The whole file."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = f"{_POLICY}; script-src {_digest(script)}"
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("meta", {"name": "generator", "content": "goldenpath"}),
        element("title", None, f"{SIGNS[page.headline.tone]} {page.title}"),
        element("style", None, Markup(style)),
    )
    body = element(
        "body",
        None,
        element("a", {"class": "skip", "href": "#content"}, "to the content"),
        _top(page),
        element(
            "div",
            {"class": "frame"},
            _navigation(page.sections),
            element(
                "main",
                {"id": "content"},
                _headline(page),
                [_section(section) for section in page.sections],
                element("footer", None, page.footer),
            ),
        ),
        _keys(),
        element("script", None, Markup(script)),
    )
    return f"<!doctype html>\n{element('html', {'lang': 'en'}, head, body)}\n"


def _top(page: Page) -> Markup:
    mark = Markup(
        '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">'
        '<path d="M4 26 C 12 26 10 14 16 14 S 20 6 28 6" fill="none" stroke="currentColor" stroke-width="3.2" '
        'stroke-linecap="round"/><circle cx="28" cy="6" r="3" fill="currentColor"/></svg>'
    )
    return element(
        "header",
        {"class": "top"},
        element(
            "a",
            {"class": "brand", "href": "#top"},
            mark,
            element("span", None, "goldenpath"),
            element("em", None, page.kind),
        ),
        element("span", {"class": "subtitle"}, page.subtitle),
        element(
            "span",
            {"class": "tools"},
            element("button", {"type": "button", "data-do": "theme", "title": "light or dark (t)"}, "◐"),
            element("button", {"type": "button", "data-do": "keys", "title": "keys (?)"}, "?"),
        ),
    )


def _navigation(sections: Sequence[Section]) -> Markup:
    links = [
        element(
            "a",
            {"href": f"#{section.id}", "class": f"tone-{section.tone}"},
            element("span", None, section.title),
            element("b", None, f"{section.count:,}") if section.count is not None else None,
        )
        for section in sections
    ]
    return element("nav", {"aria-label": "sections"}, links)


def _headline(page: Page) -> Markup:
    head = page.headline
    also = element("ul", {"class": "also"}, [element("li", None, each) for each in head.also]) if head.also else None
    tiles = [
        element(
            "div",
            {"class": f"tile tone-{tile.tone}"},
            element("dt", None, tile.label),
            element("dd", None, tile.value, element("small", None, tile.note) if tile.note else None),
        )
        for tile in page.tiles
    ]
    return element(
        "section",
        {"class": f"headline tone-{head.tone}", "id": "top"},
        element(
            "p",
            {"class": "verdict"},
            element("i", {"aria-hidden": "true"}, SIGNS[head.tone]),
            head.verdict,
            element("small", None, head.code),
        ),
        element("h1", None, page.title),
        element("p", {"class": "message"}, head.message),
        also,
        page.banner,
        element("dl", {"class": "tiles"}, tiles) if tiles else None,
    )


def _section(section: Section) -> Markup:
    number = (
        element("b", {"class": f"pill tone-{section.tone}"}, f"{section.count:,}")
        if section.count is not None
        else None
    )
    return element(
        "section",
        {"id": section.id},
        element("h2", None, section.title, " ", number),
        element("p", {"class": "lead"}, section.lead) if section.lead else None,
        section.body,
    )


def _keys() -> Markup:
    rows = [
        element("div", None, element("dt", None, element("kbd", None, key)), element("dd", None, does))
        for key, does in _KEYS
    ]
    return element(
        "dialog",
        {"id": "keys", "aria-label": "keys"},
        element("dl", None, join(rows)),
        element("p", None, "Esc closes"),
    )


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
