from __future__ import annotations

from pathlib import Path

import pytest

from goldenpath.cli import main
from goldenpath.environment import Secret, SecretPlanError, SecretRule, get_env
from goldenpath.environment.secret_plan import read_secret_plan

PLAN = """
[sources]
process = { kind = "environment" }
mounted = { kind = "directory", path = "mounted" }
file = { kind = "file", path = "secrets.env" }
vault = { kind = "google", project = "shop", version = "7" }

[secrets.JWT_SECRET]
sources = ["mounted"]
min_length = 12
max_length = 64
forbidden = ["changeme"]
distinct = true

[secrets.database]
key = "db-password"
variable = "SHOP_DB_PASSWORD"
sources = ["process", "file", "mounted"]

[secrets.GOLDENPATH_NOWHERE]
sources = ["process", "mounted"]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "secrets.toml"
    path.write_text(PLAN)
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted" / "JWT_SECRET").write_text("correct horse\n")
    (tmp_path / "mounted" / "db-password").write_text("battery staple\n")
    return path


def test_a_plan_names_sources_in_order_and_secrets_with_their_rules(plan: Path) -> None:
    read = read_secret_plan(plan)
    assert [source.name for source in read.chain] == ["process", "mounted", "file", "vault"]
    rule = SecretRule(min_length=12, max_length=64, forbidden=("changeme",), distinct=True)
    assert read.secrets[0] == Secret("JWT_SECRET", rule, sources=("mounted",))
    assert (read.secrets[1].key, read.secrets[1].variable) == ("db-password", "SHOP_DB_PASSWORD")


SOURCES = '[sources]\na = { kind = "environment" }\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[sources\n", r"\(at line 1, column 9\)"),
        ("", r"expected a table \[sources\] that is not empty"),
        (SOURCES, r"expected a table \[secrets\] that is not empty"),
        ("secrets = 1\n" + SOURCES, r"expected a table \[secrets\]"),
        ("[source]\n", "the file has an unknown field 'source'; did you mean 'sources'"),
        ('[sources]\na = { kind = "directry" }\n[secrets.X]', "sources.a: kind must be one of environment, directory"),
        ("[sources]\na = 1\n[secrets.X]", r"expected a table \[sources.a\]"),
        ('[sources]\na = { kind = "file" }\n[secrets.X]', "sources.a: a source of kind file needs 'path'"),
        ('[sources]\na = { kind = "file", path = 1 }\n[secrets.X]', "sources.a: path must be a non-empty string"),
        ('[sources]\na = { kind = "environment", path = "x" }\n[secrets.X]', "sources.a has an unknown field 'path'"),
        (SOURCES + "[secrets]\nX = 1", "secrets.X must be a table"),
        (SOURCES + "[secrets.X]\nminlength = 1", "secrets.X has an unknown field 'minlength'; did you mean 'min_le"),
        (SOURCES + "[secrets.X]\nmin_length = '1'", "secrets.X: min_length must be a whole number"),
        (SOURCES + "[secrets.X]\nkey = 1", "secrets.X: key must be a non-empty string"),
        (SOURCES + "[secrets.X]\nsources = 'a'", "secrets.X: sources must be a list of names"),
        (SOURCES + "[secrets.X]\nsources = ['b']", "X names no source of the chain: b; it has a"),
        (SOURCES + "[secrets.X]\n[secrets.Y]\nvariable = 'X'", "two secrets have the same variable: X"),
    ],
)
def test_a_plan_that_cannot_be_used_says_where_and_why(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text(text)
    with pytest.raises(SecretPlanError, match=problem) as caught:
        read_secret_plan(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_checking_prints_the_stages_and_the_failures_and_ends_1(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secrets", "check", str(plan)]) == 1
    shown = capsys.readouterr().out
    rows = [line.split("  ") for line in shown.splitlines()[:4]]
    table = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert table[0] == ["secret", "source", "identity", "exists", "readable", "non-empty", "injected", "rule"]
    assert [row[0] for row in table[1:]] == ["JWT_SECRET", "database", "GOLDENPATH_NOWHERE"]
    assert [row[3:] for row in table[1:]] == [["yes"] * 5, ["yes"] * 5, ["NO", "-", "-", "-", "-"]]
    assert "GOLDENPATH_NOWHERE failed at stage 'exists': no source has 'GOLDENPATH_NOWHERE'" in shown
    assert shown.endswith("2 of 3 secrets passed every stage\n")
    assert "correct" not in shown
    assert "staple" not in shown


def test_a_check_that_passes_ends_0_and_leaves_the_environment_alone(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(PLAN[: PLAN.index("[secrets.GOLDENPATH_NOWHERE]")])
    before = get_env().all()
    assert main(["secrets", "check", str(plan)]) == 0
    assert capsys.readouterr().out.endswith("2 of 2 secrets passed every stage\n")
    assert get_env().all() == before


@pytest.mark.parametrize("arguments", [["check", "nowhere.toml"], ["check"], [], ["chek", "x"]])
def test_a_missing_file_or_a_wrong_action_is_a_usage_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["secrets", *arguments])
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else -1
    shown = capsys.readouterr()
    assert code == 2
    assert shown.out == ""
    assert "goldenpath secrets" in shown.err
