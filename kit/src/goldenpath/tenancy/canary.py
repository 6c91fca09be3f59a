"""Unique marks for one tenant's data: whoever else sees one of them has seen that tenant's data."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

MARKER: Final = "gpcanary"
"""What every token begins with: people know it when they see it, and one search finds all tokens at once."""
TAIL: Final = 16
SHORTEST: Final = 8
"""A shorter value is found by chance in other people's data, and a finding would mean nothing."""


@dataclass(frozen=True)
class Secret:
    """A value that belongs to one tenant; never shown whole."""

    tenant: str
    label: str
    value: str = field(repr=False)

    @property
    def mask(self) -> str:
        """What stands for it wherever it is shown."""
        return f"<{self.tenant}: {self.label}>"


class Canary:
    """One tenant's marks.

    With a seed they are the same in every run; without, they are new each time, so that what an earlier run left in a
    store is not mistaken for a leak.
    """

    def __init__(self, tenant: str, *, seed: object = None) -> None:
        if not tenant:
            raise ValueError("a canary belongs to a tenant: give its name")
        self.tenant = tenant
        self._seed = secrets.token_hex(16) if seed is None else str(seed)
        self._secrets: dict[str, Secret] = {}

    def __repr__(self) -> str:
        return f"<Canary of {self.tenant} with {len(self._secrets)} marks>"

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All marks so far."""
        return tuple(self._secrets.values())

    def token(self, label: str) -> str:
        """A word of letters and digits that survives every format unchanged; the same for the same label."""
        if label not in self._secrets:
            tail = base64.b32encode(self._bytes(label, 10)).decode().lower()
            self._secrets[label] = Secret(self.tenant, label, MARKER + tail[:TAIL])
        return self._secrets[label].value

    def email(self, label: str = "email") -> str:
        """An address whose first half is a token."""
        return f"{self.token(label)}@canary.example"

    def digits(self, label: str, count: int = 12) -> str:
        """A number of so many digits, for fields that take nothing else."""
        if count < SHORTEST:
            raise ValueError(f"{count} digits turn up by chance; take {SHORTEST} or more")
        return self.watch(label, self.drawn(label, count))

    def drawn(self, label: str, count: int) -> str:
        """So many digits of this tenant's to build a value from; they are not watched by themselves."""
        number = int.from_bytes(self._bytes(label, 32), "big") % (9 * 10 ** (count - 1)) + 10 ** (count - 1)
        return str(number)

    def watch(self, label: str, value: str) -> str:
        """Treat a value of the tenant's own as a mark, such as an id that the server gave."""
        if len(value) < SHORTEST:
            raise ValueError(f"{label!r} has {len(value)} characters and turns up by chance; watch {SHORTEST} or more")
        known = self._secrets.get(label)
        if known is not None and known.value != value:
            raise ValueError(f"{label!r} of {self.tenant} is watched already, with another value; name this one apart")
        self._secrets[label] = Secret(self.tenant, label, value)
        return value

    def plant(self, data: Any, label: str = "") -> Any:
        """A copy of the data in which every text carries a token of its own, labelled by where it stands."""
        if isinstance(data, str):
            return f"{data} {self.token(label or 'text')}".strip()
        if isinstance(data, Mapping):
            return {key: self.plant(value, f"{label}.{key}".lstrip(".")) for key, value in data.items()}
        if isinstance(data, (list, tuple)):
            return type(data)([self.plant(value, f"{label}[{at}]") for at, value in enumerate(data)])
        return data

    def __iter__(self) -> Iterator[Secret]:
        return iter(self.secrets)

    def _bytes(self, label: str, count: int) -> bytes:
        return blake2b(f"{self._seed}\0{self.tenant}\0{label}".encode(), digest_size=count).digest()
