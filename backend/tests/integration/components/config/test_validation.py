"""Everything that is wrong is said at once, where it was said, and by what it is mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_backend.config import ConfigError, Sources, UnifiedConfigManager
from agent_backend.config.rules import RULES

from .places import KEY, SHARED, agent_backend, named, replaced


def problems(settings: dict[str, str], file: Path | None = None) -> list[str]:
    return [str(problem) for problem in UnifiedConfigManager(Sources(named(settings), file)).validate()]


def test_invalid_values_are_all_named_with_what_was_expected_and_without_what_was_said() -> None:
    invalid = {"PORT": "Rk7uXw", "DATABASE_URL": "mysql://Rk7uXw", "SECRET_KEY": "Rk7uXw", "ENVIRONMENT": "Rk7uXw"}
    found = problems(SHARED | invalid)
    assert [problem.split(" is not usable: ")[0] for problem in found] == [
        f"AGENT_BACKEND_{name}" for name in ("ENVIRONMENT", "PORT", "DATABASE_URL", "SECRET_KEY")
    ]
    assert not any("Rk7uXw" in problem for problem in found)
    with pytest.raises(ConfigError) as refused:
        UnifiedConfigManager(Sources(named(SHARED | invalid))).get_config()
    assert str(refused.value) == "; ".join(found)


def test_missing_settings_are_all_named_and_nothing_stands_in_for_them() -> None:
    config = UnifiedConfigManager(Sources({}))
    with pytest.raises(ConfigError) as refused:
        config.get_config()
    assert str(refused.value).split("; ") == [
        f"AGENT_BACKEND_{name} is not set" for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    ]
    with pytest.raises(ConfigError):
        config.get("server.port")


def test_the_file_is_held_to_its_schema_line_by_line(tmp_path: Path) -> None:
    lines = ["[server]", "prot = 1", "port = '1x'", "[agents]", "timeout_seconds = true", "[nowhere]", "x = 1"]
    file = replaced(tmp_path / "backend.toml", "\n".join(lines))
    found = problems(SHARED, file)
    assert [problem.removeprefix(str(file)).split(":")[0] for problem in found] == [
        ", line 2",
        ", line 6",
        ", line 3",
        ", line 5",
    ]
    assert "server.prot is no setting; did you mean server.port?" in found[0]
    assert "nowhere is no setting" in found[1]
    assert "agents.timeout_seconds is not usable: input should be a valid number" in found[3]


def test_the_report_of_doctor_has_a_line_for_each_problem_with_the_reason_for_its_rule(
    database_url: str, redis_url: str
) -> None:
    nowhere = {"DATABASE_URL": "postgresql://agents:Rk7uXw2Lq9Ze@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}
    told = agent_backend("doctor", ENVIRONMENT="production", SECRET_KEY="a" * 40, PROT="1", **nowhere)
    assert (told.returncode, told.stderr) == (1, "")
    lines = [line.removeprefix("MEND  configuration: ") for line in told.stdout.splitlines() if "configuration" in line]
    reasons = {rule.id: rule.why for rule in RULES}
    expected = [
        ("AGENT_BACKEND_PROT is no setting; did you mean AGENT_BACKEND_PORT?", None),
        ("AGENT_BACKEND_DATABASE_URL leads to this machine", "local-address"),
        ("AGENT_BACKEND_REDIS_URL leads to this machine", "local-address"),
        ("AGENT_BACKEND_CLICKHOUSE_URL is not set", "missing-store"),
        ("AGENT_BACKEND_SECRET_KEY looks like a default", "default-secret"),
    ]
    assert len(lines) == len(expected)
    for line, (begins, rule) in zip(lines, expected, strict=True):
        assert line.startswith(begins)
        assert line.endswith(f"[{rule}: {reasons[rule]}]" if rule else "?")
    sound = agent_backend("doctor", SECRET_KEY=KEY, DATABASE_URL=database_url, REDIS_URL=redis_url)
    assert sound.returncode == 0
    assert sound.stdout.startswith("ok    configuration: development, nothing to mend\nok    PostgreSQL")
