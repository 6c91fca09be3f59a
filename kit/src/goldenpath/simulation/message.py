"""What a network is asked about: one message on its way."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Direction = Literal["to_client", "to_server"]
DIRECTIONS: Final[tuple[Direction, ...]] = ("to_client", "to_server")


class Message(NamedTuple):
    """The address of a message, which is all that a network's rules look at; the payload stays with its sender.

    The order of the fields is part of the contract: the first two are what rules are looked up by, the first five name
    the stream that chance is keyed by (see `Chance`). A run is left out of the stream because runs are often named at
    random, and chance must not depend on that.
    """

    type: str
    direction: Direction = "to_client"
    sender: str = ""
    receiver: str = ""
    tenant: str = ""
    run: str = ""
    size: int = 0

    @property
    def stream(self) -> tuple[str, ...]:
        """The messages of this type, way and tenant: the n-th of them meets the same chance in every run of a seed."""
        return self[:5]

    @property
    def link(self) -> tuple[str, ...]:
        """The line it travels on, with its own order, bandwidth and bursts of loss."""
        return self[1:4]
