"""What the pages of a built site would make a browser fetch from another host."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

FETCHED: Final = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=["']?(?://|https?:)[^>]*>"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|icon|preload|preconnect|dns-prefetch|modulepreload))[^>]*"""
    r"""\bhref=["']?(?://|https?:)[^>]*>"""
    r"""|@import\s+(?:url\()?["']?(?://|https?:)[^;]*|url\(["']?(?://|https?:)[^)]*\)""",
    re.IGNORECASE,
)
"""What a browser fetches by itself from another host; a link that a reader may follow is none."""


def fetched(site: Path) -> list[str]:
    """Everything that the pages and style sheets would make a browser fetch from another host."""
    places = sorted([*site.rglob("*.html"), *site.rglob("*.css"), *site.rglob("*.svg")])
    return [f"{page.relative_to(site)}: {found}" for page in places for found in FETCHED.findall(page.read_text())]
