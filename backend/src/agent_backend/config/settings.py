"""The settings of the service: what there is, what each may be, and what it is when nobody sets it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

SHORTEST_SECRET: Final = 32


class Environment(StrEnum):
    """Where the service runs; production and staging are judged by stricter rules."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    STAGING = "staging"
    PRODUCTION = "production"

    @property
    def guarded(self) -> bool:
        return self in {Environment.STAGING, Environment.PRODUCTION}


class Profile(StrEnum):
    """How much is asked of the secrets."""

    STANDARD = "standard"
    ENTERPRISE = "enterprise"


class LogFormat(StrEnum):
    """JSON for machines that collect logs, text for people who read along."""

    JSON = "json"
    TEXT = "text"


def _url(*schemes: str) -> AfterValidator:
    """Refuse a URL that would be misread: the drivers' messages would show parts of it, perhaps of the password."""
    expected = " or ".join(f"{scheme}://" for scheme in schemes)

    def check(value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value())
        except ValueError:
            raise ValueError("cannot be read as a URL") from None
        if parts.scheme not in schemes:
            raise ValueError(f"must begin with {expected}")
        if "@" in parts.path + parts.query + parts.fragment:
            raise ValueError("has an @ after its host; percent-encode the special characters of the password")
        return value

    return AfterValidator(check)


def _listed(value: object) -> object:
    """A variable holds a list as text with commas, the file as an array."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


def _no_blank(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("must not be blank")
    return value


PostgresUrl = Annotated[SecretStr, _url("postgresql", "postgres")]
RedisUrl = Annotated[SecretStr, _url("redis", "rediss", "unix")]
ClickHouseUrl = Annotated[SecretStr, _url("clickhouse", "clickhouses", "http", "https", "chdb")]
HttpUrl = Annotated[SecretStr, _url("http", "https")]
SecretKey = Annotated[SecretStr, Field(min_length=SHORTEST_SECRET)]
ApiKey = Annotated[SecretStr, AfterValidator(_no_blank)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSettings(_Section):
    """Where to listen."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000


class DatabaseSettings(_Section):
    """PostgreSQL."""

    url: PostgresUrl
    pool_size: Annotated[int, Field(ge=1, le=1000)] = 10


class RedisSettings(_Section):
    """Redis or Valkey."""

    url: RedisUrl


class ClickHouseSettings(_Section):
    """ClickHouse, for analytics: a server, or the engine inside the process (`chdb:///data/directory`)."""

    url: ClickHouseUrl | None = None


class SecuritySettings(_Section):
    """Keys and lifetimes. The previous key still verifies tokens while a new one is rolled out."""

    secret_key: SecretKey
    previous_secret_key: SecretKey | None = None
    access_token_seconds: Annotated[int, Field(ge=30, le=3600)] = 900
    refresh_token_seconds: Annotated[int, Field(ge=60, le=90 * 86_400)] = 30 * 86_400


class SocketSettings(_Section):
    """How often a socket is pinged, how long its client may take to answer, and how long it may have nothing to say.

    Besides, how often its session is asked for again, and which pages may open one.
    Where no origin is named, only the own host's pages may.
    """

    heartbeat_interval_seconds: Seconds = 25
    heartbeat_timeout_seconds: Seconds = 60
    receive_timeout_seconds: Seconds = 180
    revalidation_seconds: Seconds = 60
    allowed_origins: Names = ()


class AgentSettings(_Section):
    """How long a run may take, how many more questions may wait in a thread that is being worked on, what models cost.

    The prices are a TOML file; without one they are those of two model families that nobody sells.
    """

    timeout_seconds: Seconds = 120
    questions_waiting: Annotated[int, Field(ge=0, le=100)] = 0
    price_file: Annotated[str, Field(min_length=1)] | None = None


class LanguageSettings(_Section):
    """An OpenAI-compatible endpoint; without one the service writes its prose itself."""

    url: HttpUrl | None = None
    model: Annotated[str, Field(min_length=1)] | None = None
    api_key: ApiKey | None = None
    timeout_seconds: Seconds = 30
    daily_tokens: Annotated[int, Field(ge=0)] = 200_000


class LogSettings(_Section):
    """What is logged, and in which form."""

    level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    format: LogFormat = LogFormat.TEXT


class Settings(BaseModel):
    """Everything the service can be told; frozen, with secrets that show in no repr."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Environment = Environment.DEVELOPMENT
    profile: Profile = Profile.STANDARD
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings
    redis: RedisSettings
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    security: SecuritySettings
    sockets: SocketSettings = SocketSettings()
    agents: AgentSettings = AgentSettings()
    language: LanguageSettings = LanguageSettings()
    log: LogSettings = LogSettings()
