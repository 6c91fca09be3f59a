"""Which pages may open a socket: a browser obeys pages from anywhere, and tells where they come from."""

from __future__ import annotations

from collections.abc import Collection


class Origins:
    """The own host's pages, and those that are named; what sends no Origin is no browser, and needs a ticket too."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)

    def allow(self, origin: str | None, host: str) -> bool:
        """Whether a page of this origin may open a socket to this host."""
        if origin is None:
            return True
        origin = origin.lower()
        return origin in self._allowed or origin in {f"http://{host.lower()}", f"https://{host.lower()}"}
