"""Which variables are secret, and how text that may hold them is shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

MASK: Final = "***"

_SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN(?!IZ)|CREDENTIAL|API_?KEY|(?:^|_)(?:KEYS?|PASS|PRIVATE|SALT)(?:_|$)|_PWD$",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)\S+(?=@)")
_PASSWORD_FIELD = re.compile(r"((?:password|passwd|pwd|token|secret|api_?key)=)[^&;\s]+", re.IGNORECASE)

SHORTEST_REPLACED: Final = 4
"""Shorter secrets are masked only where they are the whole text: replacing every `1` would hide the text, not them."""


@lru_cache(maxsize=4096)
def is_secret_name(key: str) -> bool:
    """Whether a variable of this name is taken for a secret without being told."""
    return bool(_SECRET_NAME.search(key))


class Mask:
    """What is secret at this moment: some names beside the telling ones, and the values to look for in other text."""

    __slots__ = ("_values", "names")

    def __init__(self, names: Collection[str] = (), values: Collection[str] = ()) -> None:
        self.names = frozenset(names)
        self._values = sorted(values, key=len, reverse=True)

    def is_secret(self, key: str) -> bool:
        """Whether a variable is masked whatever its value."""
        return key in self.names or is_secret_name(key)

    def shown(self, key: str, value: str) -> str:
        """The value of a variable as anybody may see it."""
        return MASK if self.is_secret(key) else self.redacted(value)

    def redacted(self, text: str) -> str:
        """The text without the secret values, and without passwords inside URLs and connection strings."""
        for secret in self._values:
            if text == secret != "":
                return MASK
            if len(secret) >= SHORTEST_REPLACED:
                text = text.replace(secret, MASK)
        return _PASSWORD_FIELD.sub(rf"\1{MASK}", _URL_PASSWORD.sub(rf"\1{MASK}", text))


class Variables(dict[str, str]):
    """A plain dictionary of variables whose repr masks the secrets among them."""

    __slots__ = ("_mask",)

    def __init__(self, values: Mapping[str, str], mask: Mask) -> None:
        super().__init__(values)
        self._mask = mask

    def __repr__(self) -> str:
        return repr({key: self._mask.shown(key, value) for key, value in self.items()})

    def __reduce__(self) -> tuple[type[Variables], tuple[dict[str, str], Mask]]:
        """Pickled, it takes along no secret that is not among its own values."""
        own = [value for key, value in self.items() if self._mask.is_secret(key)]
        return Variables, (dict(self), Mask(self._mask.names, own))
