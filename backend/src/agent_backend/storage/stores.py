"""The one error by which every floor above learns that a store cannot be used."""

from __future__ import annotations

from urllib.parse import urlsplit


class StoreUnavailable(Exception):
    """A store does not answer; the text names it and the setting that leads to it, never a password."""

    def __init__(self, store: str, reason: str) -> None:
        super().__init__(f"{store}: {reason}")
        self.store = store


def address(url: str) -> str:
    """Where a URL leads, without the user and the password in it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return host or parts.path
