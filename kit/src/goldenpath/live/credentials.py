"""How a client shows who it is: a bearer token, a single-use ticket, a subprotocol, headers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from goldenpath.live.wire import Handshake

Secret = str | Callable[[], str | Awaitable[str]]
"""A secret, or a function (async or not) that gets a fresh one for each time the socket is opened."""

TOKEN_PLACES: Final = ("header", "subprotocol", "query")
SUBPROTOCOL: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
BEARER: Final = "bearer"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What goes along with each handshake of one client."""

    token: Secret | None = field(default=None, repr=False)
    ticket: Secret | None = field(default=None, repr=False)
    token_in: str = "header"
    """`header`: Authorization: Bearer; `subprotocol`: offered after `bearer`, as browsers must; `query`: `?token=`."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    subprotocols: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.token_in not in TOKEN_PLACES:
            raise ValueError(f"token_in is one of {', '.join(TOKEN_PLACES)}, got {self.token_in!r}")
        for name in self.subprotocols:
            if not SUBPROTOCOL.fullmatch(name):
                raise ValueError(f"a subprotocol is a word without spaces, commas or slashes, got {name!r}")

    @property
    def works_again(self) -> bool:
        """Whether a second socket can be opened with the same: a ticket given as text is used up by the first."""
        return self.ticket is None or callable(self.ticket)

    async def handshake(self, path: str) -> Handshake:
        """The request that opens a socket now."""
        path, _, own = path.partition("?")
        query, headers, subprotocols = dict(self.query), dict(self.headers), [*self.subprotocols]
        if self.ticket is not None:
            query["ticket"] = await _revealed(self.ticket)
        if self.token is not None:
            token = await _revealed(self.token)
            if self.token_in == "header":
                headers["Authorization"] = f"Bearer {token}"
            elif self.token_in == "query":
                query["token"] = token
            elif SUBPROTOCOL.fullmatch(token):
                subprotocols += [BEARER, token]
            else:
                raise ValueError("this token cannot travel as a subprotocol: it has characters no header word may have")
        pairs = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items()]
        return Handshake(path, "&".join(filter(None, [own, *pairs])), tuple(headers.items()), tuple(subprotocols))


async def _revealed(secret: Secret) -> str:
    value = secret() if callable(secret) else secret
    return await value if inspect.isawaitable(value) else value
