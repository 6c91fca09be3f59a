"""The settings of the service, read from variables that begin with `AGENT_BACKEND_`."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX: Final = "AGENT_BACKEND_"


class ConfigError(Exception):
    """The configuration cannot be used; the text names every setting at fault and never shows a value."""


def _url(*schemes: str) -> AfterValidator:
    """Refuse a URL that would be misread: the drivers' messages would show parts of it, perhaps of the password."""
    expected = " or ".join(f"{scheme}://" for scheme in schemes)

    def check(value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in schemes:
            raise ValueError(f"must begin with {expected}")
        if "@" in parts.path + parts.query + parts.fragment:
            raise ValueError("has an @ after its host; percent-encode the special characters of the password")
        return value

    return AfterValidator(check)


class DatabaseSettings(BaseSettings):
    """What a command needs that only works on the database."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    database_url: Annotated[SecretStr, _url("postgresql", "postgres")]


class Settings(DatabaseSettings):
    """What the running service needs."""

    redis_url: Annotated[SecretStr, _url("redis", "rediss", "unix")]
    secret_key: Annotated[SecretStr, Field(min_length=32)]
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000


AnySettings = TypeVar("AnySettings", bound=DatabaseSettings)


def load_settings(kind: type[AnySettings]) -> AnySettings:
    """Read the settings of one kind, or raise a ConfigError that names what is wrong with all of them."""
    problems = _unknown_variables()
    try:
        settings = kind.model_validate({})
    except ValidationError as invalid:
        problems += [_problem(error) for error in invalid.errors(include_input=False, include_url=False)]
    if problems:
        raise ConfigError("; ".join(problems))
    return settings


def _unknown_variables() -> list[str]:
    """A misspelt optional setting would otherwise be ignored without a word."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return [f"{name} is no setting; {_hint(name, known)}" for name in unknown]


def _hint(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"the settings are {', '.join(known)}"


def _problem(error: Any) -> str:
    name = PREFIX + str(error["loc"][0]).upper()
    if error["type"] == "missing":
        return f"{name} is not set"
    reason = str(error["msg"]).removeprefix("Value error, ")
    return f"{name} is not usable: {reason[0].lower()}{reason[1:]}"
