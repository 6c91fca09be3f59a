"""A lease of one numbered database of a Redis server.

A claim says whose a number is and lasts; it is the one that external corners of `goldenpath.services` make too, so that
neither takes the other's. A lease says that the owner is alive: it expires unless it is renewed. What is claimed here
without a living lease was left by a process that died, and only that is emptied without having been found empty.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from goldenpath.databases.errors import DatabaseTestError
from goldenpath.services.clients import driver
from goldenpath.services.external.corner import PREFIX

if TYPE_CHECKING:
    from redis import Redis

CLAIM: Final = PREFIX + "claim:{number}"
OURS: Final = "space:"
BEATS: Final = 4
"""How often a lease is renewed while it would last."""

TAKE_OVER: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('EXISTS', KEYS[2]) == 0 then
    return redis.call('SET', KEYS[1], ARGV[2])
end
"""
GIVE_UP: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class Lease:
    """The right to one number at a time, kept alive by a thread."""

    def __init__(self, server: Redis, seconds: float, token: Callable[[], str] = lambda: secrets.token_hex(8)) -> None:
        self.owner = OURS + token()
        self._server = server
        self._seconds = seconds
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="goldenpath-redis-lease", daemon=True)
        self.renew()
        self._heart.start()

    def take(self, number: int, size: Callable[[], int]) -> bool:
        """Whether this number is ours now: empty and unclaimed before, or left by a process that died."""
        claim = CLAIM.format(number=number)
        if self._server.set(claim, self.owner, nx=True):
            if size() == 0:
                return True
            self._server.eval(GIVE_UP, 1, claim, self.owner)
            return False
        held: Any = self._server.get(claim)
        owner = (held or b"").decode()
        if not owner.startswith(OURS):
            return False
        return bool(self._server.eval(TAKE_OVER, 2, claim, lease_of(owner), owner, self.owner))

    def give_up(self, number: int, empty: Callable[[], object]) -> None:
        """Empty the number and let it go, if it is still ours."""
        claim = CLAIM.format(number=number)
        self._server.set(claim, self.owner, nx=True)
        if self._server.get(claim) != self.owner.encode():
            raise DatabaseTestError(
                f"Redis database {number} was given to somebody else while a test still used it: its lease was not "
                f"renewed for {self._seconds:g} s; was this process stopped that long?"
            )
        empty()
        self._server.eval(GIVE_UP, 1, claim, self.owner)

    def renew(self) -> None:
        """Say that the owner is alive."""
        self._server.set(lease_of(self.owner), 1, px=int(self._seconds * 1000))

    def end(self) -> None:
        """Stop renewing."""
        self._ended.set()
        self._heart.join()
        self._server.delete(lease_of(self.owner))

    def _beat(self) -> None:
        lost = driver("redis").exceptions.ConnectionError
        while not self._ended.wait(self._seconds / BEATS):
            try:
                self.renew()
            except lost:
                continue  # a server that is being restarted: the next beat, or `give_up`, tells how it ended


def lease_of(owner: str) -> str:
    """The key that exists as long as this owner lives."""
    return f"{PREFIX}lease:{owner}"
