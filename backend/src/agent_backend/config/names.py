"""The names of settings: dotted in the program and in the file, upper case in the environment."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from agent_backend.config.settings import Settings

PREFIX: Final = "AGENT_BACKEND_"
_BARE: Final = frozenset({"server", "security"})
"""Sections whose name does not appear in their variables: AGENT_BACKEND_PORT, AGENT_BACKEND_SECRET_KEY."""

CONFIG_FILE: Final = PREFIX + "CONFIG_FILE"
SECRETS_DIRECTORY: Final = PREFIX + "SECRETS_DIRECTORY"
SECRETS_FILE: Final = PREFIX + "SECRETS_FILE"
SECRETS_ACCOUNT: Final = PREFIX + "SECRETS_ACCOUNT"
DATA_DIRECTORY: Final = PREFIX + "DATA_DIRECTORY"
PLACES: Final = (CONFIG_FILE, SECRETS_DIRECTORY, SECRETS_FILE, SECRETS_ACCOUNT, DATA_DIRECTORY)
"""Variables that say where to look; they are no settings themselves."""


def _leaves() -> dict[str, FieldInfo]:
    found: dict[str, FieldInfo] = {}
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= {f"{name}.{leaf}": inner for leaf, inner in kind.model_fields.items()}
        else:
            found[name] = field
    return found


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


def variable(setting: str) -> str:
    """The environment variable of a setting."""
    section, _, leaf = setting.rpartition(".")
    return PREFIX + (leaf if section in _BARE or not section else f"{section}_{leaf}").upper()


def hint(name: str, known: list[str]) -> str:
    """What a misspelt name was probably meant to be."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"the settings are {', '.join(known)}"


FIELDS: Final = _leaves()
"""Every setting by its dotted name, in the order in which they are declared."""

SECRETS: Final = frozenset(name for name, field in FIELDS.items() if _holds_secret(field.annotation))
VARIABLES: Final = {variable(name): name for name in FIELDS}
KINDS: Final = {name: TypeAdapter[Any](field.rebuild_annotation()) for name, field in FIELDS.items()}
