"""One design for every report of the house: a page that stands alone, works without a network, and prints well."""

from __future__ import annotations

from goldenpath.reporting.incident import Incident
from goldenpath.reporting.markup import Markup, element, join, text
from goldenpath.reporting.page import Headline, Page, Section, Tile, render_page
from goldenpath.reporting.tables import Column, LongTable, table, word
from goldenpath.reporting.tone import SIGNS, Tone

__all__ = [
    "Column",
    "Headline",
    "Incident",
    "LongTable",
    "Markup",
    "Page",
    "SIGNS",
    "Section",
    "Tile",
    "Tone",
    "element",
    "join",
    "render_page",
    "table",
    "text",
    "word",
]
