from __future__ import annotations

from collections.abc import Callable

import pytest

from agent_backend.config import UnifiedConfigManager
from agent_backend.config.rules import RULES

Make = Callable[..., UnifiedConfigManager]
LONG = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL"


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize(
    ("changes", "rule", "setting"),
    [
        ({"DATABASE_URL": "postgresql://u:strong-one@localhost/d"}, "local-address", "database.url"),
        ({"DATABASE_URL": "postgresql://u:strong-one@db.internal,127.0.0.1/d"}, "local-address", "database.url"),
        ({"DATABASE_URL": "postgresql:///d?host=/run/postgresql"}, "local-address", "database.url"),
        ({"REDIS_URL": "redis://[::1]:6379"}, "local-address", "redis.url"),
        ({"REDIS_URL": "unix:///run/redis.sock"}, "local-address", "redis.url"),
        ({"CLICKHOUSE_URL": "http://2130706433:8123"}, "local-address", "clickhouse.url"),
        ({"CLICKHOUSE_URL": "chdb:///var/lib/usage"}, "local-address", "clickhouse.url"),
        ({"LANGUAGE_URL": "http://0.0.0.0:1/v1", "LANGUAGE_MODEL": "m"}, "local-address", "language.url"),
        ({"REDIS_URL": None}, "missing", "redis.url"),
        ({"DATABASE_URL": None}, "missing", "database.url"),
        ({"CLICKHOUSE_URL": None}, "missing-store", "clickhouse.url"),
        ({"SECRET_KEY": "a" * 40}, "default-secret", "security.secret_key"),
        ({"SECRET_KEY": "change-me-" + LONG}, "default-secret", "security.secret_key"),
        ({"SECRET_KEY": "My-Secret-Key-" + LONG}, "default-secret", "security.secret_key"),
        ({"DATABASE_URL": "postgresql://postgres:postgres@db.internal/d"}, "default-secret", "database.url"),
        ({"DATABASE_URL": "postgresql://billing:billing@db.internal/d"}, "default-secret", "database.url"),
        ({"DATABASE_URL": "postgresql://u@db.internal/d?password=changeme"}, "default-secret", "database.url"),
        ({"LANGUAGE_API_KEY": "sk-your-placeholder"}, "default-secret", "language.api_key"),
        ({"PREVIOUS_SECRET_KEY": "hunter2-Vb8qZr1LkXw5TnYc0JdPfGsMeUoAiHtR"}, "repeated-secret", "security.previous_"),
        ({"REDIS_URL": "redis://:hunter2-of-the-database@cache.internal"}, "repeated-secret", "redis.url"),
        ({"SOCKETS_ALLOWED_ORIGINS": "https://a.test,*"}, "any-origin", "sockets.allowed_origins"),
        ({"PROFILE": "enterprise"}, "enterprise-secret", "security.secret_key"),
        ({"SOCKETS_HEARTBEAT_TIMEOUT_SECONDS": "25"}, "heartbeat", "sockets.heartbeat_timeout_seconds"),
        ({"SOCKETS_RECEIVE_TIMEOUT_SECONDS": "120"}, "receive-timeout", "sockets.receive_timeout_seconds"),
        ({"LANGUAGE_URL": "https://llm.internal/v1"}, "half-a-language", "language.model"),
    ],
)
def test_a_breach_is_named_by_its_rule_and_its_setting_and_shows_no_secret(
    manager: Make, environment: str, changes: dict[str, str | None], rule: str, setting: str
) -> None:
    (problem,) = manager(ENVIRONMENT=environment, **changes).validate()
    assert problem.rule == rule
    assert problem.setting.startswith(setting)
    for secret in ("hunter2", LONG, "strong-one", "changeme"):
        assert secret not in str(problem)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_sound_configuration_has_no_problem(manager: Make, environment: str) -> None:
    assert manager(ENVIRONMENT=environment).validate() == []
    assert manager(ENVIRONMENT=environment, PROFILE="enterprise", SECRET_KEY=LONG + LONG.lower()).validate() == []


@pytest.mark.parametrize("environment", ["development", "testing"])
def test_where_nothing_is_at_stake_this_machine_and_simple_keys_will_do(manager: Make, environment: str) -> None:
    relaxed = manager(
        ENVIRONMENT=environment,
        DATABASE_URL="postgresql://postgres:postgres@localhost/d",
        REDIS_URL="redis://:postgres@127.0.0.1",
        CLICKHOUSE_URL=None,
        SECRET_KEY="a" * 32,
    )
    assert relaxed.validate() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"SOCKETS_HEARTBEAT_TIMEOUT_SECONDS": "25"},
        {"SOCKETS_RECEIVE_TIMEOUT_SECONDS": "120"},
        {"PROFILE": "enterprise", "SECRET_KEY": "x" * 63},
        {"SECRET_KEY": "x" * 31},
    ],
)
def test_what_could_never_work_is_refused_everywhere(manager: Make, changes: dict[str, str]) -> None:
    assert len(manager(ENVIRONMENT="development", **changes).validate()) == 1


def test_an_environment_of_no_name_is_judged_as_the_strictest(manager: Make) -> None:
    problems = manager(ENVIRONMENT="prod", DATABASE_URL="postgresql://u:strong-one@localhost/d").validate()
    assert [problem.setting for problem in problems] == ["environment", "database.url"]


def test_rules_have_an_id_of_their_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
