"""Passwords, hashed with argon2 away from the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Hashes and verifies in threads of its own: a burst of logins must not stall the sockets, nor fill the memory."""

    def __init__(self, hasher: PasswordHasher | None = None, *, threads: int = 2) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._of_nobody = _hash_of_nobody() if hasher is None else hasher.hash("")

    async def hash(self, password: str) -> str:
        """The hash to store."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Compare, and take as long for an account that does not exist, so that the time tells nothing."""
        matches = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._matches, stored or self._of_nobody, password
        )
        return matches and stored is not None

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hash_of_nobody() -> str:
    """What an account that does not exist is compared with: made once per process, for it takes as long as a login."""
    return PasswordHasher().hash("")
