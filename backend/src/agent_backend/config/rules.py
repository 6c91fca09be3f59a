"""The rules a configuration must keep, as a table: each has an id, says when it holds and what mends a breach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import SecretStr

from agent_backend.config.addresses import hosts, is_local, password, user
from agent_backend.config.names import variable
from agent_backend.config.settings import Environment, Profile

ENTERPRISE_SECRET: Final = 64
FEWEST_CHARACTERS: Final = 12
"""Different characters in a key: 32 times the same letter is long and weak."""

STORES: Final = ("database.url", "redis.url", "clickhouse.url")
URLS: Final = (*STORES, "language.url")
KEYS: Final = ("security.secret_key", "security.previous_secret_key")
_DEFAULTS: Final = re.compile(
    r"change.?me|password|passw0rd|insecure|placeholder|example|default|secret|0123456789", re.IGNORECASE
)
_DEFAULT_PASSWORDS: Final = frozenset(
    {"postgres", "postgresql", "redis", "clickhouse", "admin", "root", "user", "test", "guest", "1234", "123456"}
)

Values = Mapping[str, Any]
Breach = tuple[str, str]
"""The setting at fault, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `guarded` ones only bind staging and production."""

    id: str
    why: str
    breaches: Callable[[Values], Iterator[Breach]]
    guarded: bool = True

    def binds(self, values: Values) -> bool:
        """An environment that could not be read is judged as the strictest."""
        environment = values.get("environment")
        return not self.guarded or not isinstance(environment, Environment) or environment.guarded


def _revealed(values: Values, setting: str) -> str | None:
    value = values.get(setting)
    return value.get_secret_value() if isinstance(value, SecretStr) else None


def _local_addresses(values: Values) -> Iterator[Breach]:
    for setting in URLS:
        url = _revealed(values, setting)
        if url is not None and any(is_local(host) for host in hosts(url)):
            yield setting, "leads to this machine; name the host of the shared service"


def _missing_stores(values: Values) -> Iterator[Breach]:
    for setting in STORES:
        if setting in values and values[setting] is None:
            yield setting, "is not set"


def _default_secrets(values: Values) -> Iterator[Breach]:
    for setting in KEYS:
        key = _revealed(values, setting)
        if key is not None and (_DEFAULTS.search(key) or len(set(key)) < FEWEST_CHARACTERS):
            yield setting, "looks like a default or is easy to guess; make one: openssl rand -base64 48"
    for setting in URLS:
        url = _revealed(values, setting)
        word = password(url) if url else None
        if url and word and (word.lower() in _DEFAULT_PASSWORDS or _DEFAULTS.search(word) or word == user(url)):
            yield setting, "has a default password; give the account one of its own"
    api_key = _revealed(values, "language.api_key")
    if api_key and _DEFAULTS.search(api_key):
        yield "language.api_key", "looks like a placeholder; ask the provider for a key"


def _repeated_secrets(values: Values) -> Iterator[Breach]:
    seen: dict[str, str] = {}
    for setting in (*KEYS, "language.api_key", *URLS):
        revealed = _revealed(values, setting)
        secret = password(revealed) if revealed and setting in URLS else revealed
        if secret and seen.setdefault(secret, setting) != setting:
            yield setting, f"holds the same secret as {variable(seen[secret])}; each must have its own"


def _enterprise_secrets(values: Values) -> Iterator[Breach]:
    for setting in KEYS:
        key = _revealed(values, setting)
        if values.get("profile") is Profile.ENTERPRISE and key is not None and len(key) < ENTERPRISE_SECRET:
            yield setting, f"must have {ENTERPRISE_SECRET} characters or more in the enterprise profile"


def _heartbeats(values: Values) -> Iterator[Breach]:
    interval, timeout = (values.get(f"sockets.heartbeat_{name}_seconds") for name in ("interval", "timeout"))
    if interval is not None and timeout is not None and timeout <= interval:
        yield (
            "sockets.heartbeat_timeout_seconds",
            f"must be more than {variable('sockets.heartbeat_interval_seconds')}: every socket would be taken for dead",
        )


def _receive_timeout(values: Values) -> Iterator[Breach]:
    receive, agent = values.get("sockets.receive_timeout_seconds"), values.get("agents.timeout_seconds")
    if receive is not None and agent is not None and receive <= agent:
        yield (
            "sockets.receive_timeout_seconds",
            f"must be more than {variable('agents.timeout_seconds')}: who waits for an answer would be sent away",
        )


def _any_origin(values: Values) -> Iterator[Breach]:
    if "*" in (values.get("sockets.allowed_origins") or ()):
        yield "sockets.allowed_origins", "must not allow every page; name the origins, as https://app.example.org"


def _half_a_language(values: Values) -> Iterator[Breach]:
    if values.get("language.url") is not None and "language.model" in values and values["language.model"] is None:
        yield "language.model", "is not set, but an endpoint is: name the model that it serves"


RULES: Final[tuple[Rule, ...]] = (
    Rule("local-address", "a shared service cannot be on this machine", _local_addresses),
    Rule("missing-store", "nothing may be left out where it counts", _missing_stores),
    Rule("default-secret", "defaults are known to everyone", _default_secrets),
    Rule("repeated-secret", "who learns one would know two", _repeated_secrets),
    Rule("any-origin", "any page could open a socket as its visitor", _any_origin),
    Rule("enterprise-secret", "the enterprise profile asks for longer keys", _enterprise_secrets, guarded=False),
    Rule("heartbeat", "a heartbeat must have time to arrive", _heartbeats, guarded=False),
    Rule("receive-timeout", "a client must be able to wait for its answer", _receive_timeout, guarded=False),
    Rule("half-a-language", "an endpoint needs a model", _half_a_language, guarded=False),
)


def why(rule: str) -> str | None:
    """Why there is a rule; None for what is no rule but a plain mistake."""
    return next((each.why for each in RULES if each.id == rule), None)
