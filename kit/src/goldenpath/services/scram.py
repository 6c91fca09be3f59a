"""The client's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), as PostgreSQL asks for it; sans I/O."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

MECHANISM: Final = b"SCRAM-SHA-256"
NO_CHANNEL_BINDING: Final = "n,,"


class Scram:
    """One login: what to say first, and what to say to the server's challenge."""

    def __init__(self, password: str, nonce: str | None = None) -> None:
        self._password = password
        self._bare = f"n=,r={nonce or secrets.token_hex(12)}"

    def first(self) -> bytes:
        """What the client says first; the user's name is known from the start-up message."""
        return (NO_CHANNEL_BINDING + self._bare).encode()

    def final(self, challenge: bytes) -> bytes:
        """The proof that answers the server's challenge."""
        said = challenge.decode()
        asked = dict(part.split("=", 1) for part in said.split(","))
        salt, rounds = base64.b64decode(asked["s"]), int(asked["i"])
        binding = base64.b64encode(NO_CHANNEL_BINDING.encode()).decode()
        last = f"c={binding},r={asked['r']}"
        salted = hashlib.pbkdf2_hmac("sha256", self._password.encode(), salt, rounds)
        key = _mac(salted, b"Client Key")
        signature = _mac(hashlib.sha256(key).digest(), f"{self._bare},{said},{last}".encode())
        proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
        return f"{last},p={base64.b64encode(proof).decode()}".encode()


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
