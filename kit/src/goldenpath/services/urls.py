"""URLs with secrets in them, and URLs of the next database."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

IN_QUERY: Final = re.compile(r"(?<=[?&]password=)[^&]*")
IN_AUTHORITY: Final = re.compile(r"(?<=//)([^/@:]*):[^/@]*@")


def masked(url: str) -> str:
    """The URL with its password hidden, for everything that people and logs see."""
    return IN_QUERY.sub("***", IN_AUTHORITY.sub(r"\1:***@", url))


def with_path(url: str, path: str) -> str:
    """The URL of another database on the same server."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{path}" + (f"?{parts.query}" if parts.query else "")
