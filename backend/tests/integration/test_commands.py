"""The commands by which an operator adds users and loads usage records."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEADER = "occurred_at,team,model,prompt_tokens,completion_tokens,latency_ms,cost\n"
LINE = "2026-11-01T10:00:00Z,search,large,900,100,800,0.30\n"
ACME = ["--tenant", "Acme", "--email", "Ada@acme.example"]


@pytest.fixture(scope="module")
def command(
    working_env: Callable[[str], dict[str, str]], migrated_database: Callable[[], str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command on one database."""
    env = working_env(migrated_database())

    def run(*arguments: str, text: str = "correct horse\n") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agent_backend", *arguments],
            env=env,
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    founded = run("user", "add", *ACME, "--new-tenant", "--password-stdin")
    assert json.loads(founded.stdout)["role"] == "admin", founded.stderr
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "usage.csv"
    path.write_text(HEADER + LINE * 3)
    return path


def refusal(answer: subprocess.CompletedProcess[str]) -> str:
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.count("\n") == 1
    return answer.stderr


def test_users_are_added_to_a_tenant_that_exists_and_in_the_role_that_is_named(command: Callable[..., Any]) -> None:
    member = ["user", "add", "--tenant", "acme", "--password-stdin", "--email"]
    assert json.loads(command(*member, "bob@acme.example").stdout)["role"] == "member"
    assert json.loads(command(*member, "op@acme.example", "--role", "operator").stdout)["role"] == "operator"
    assert "has an account in 'acme' already" in refusal(command(*member, "bob@acme.example"))


def test_what_cannot_be_added_is_refused_in_one_line(command: Callable[..., Any]) -> None:
    add = ["user", "add", "--email", "x@y.example", "--password-stdin", "--tenant"]
    assert "there is no tenant 'nobody'; --new-tenant founds it" in refusal(command(*add, "nobody"))
    assert "there is a tenant 'acme' already" in refusal(command(*add, "acme", "--new-tenant"))
    assert "password: " in refusal(command(*add, "acme", text="short\n"))
    assert "tenant: " in refusal(command(*add, "<script>"))
    assert "use --password-stdin" in refusal(command("user", "add", *ACME))


def test_a_file_is_imported_once_however_often_the_command_is_given(command: Callable[..., Any], file: Path) -> None:
    load = ["usage", "import", str(file), *ACME]
    for _ in range(2):
        answer = command(*load)
        assert answer.returncode == 0, answer.stderr
        assert json.loads(answer.stdout) == {"event": "imported", "lines": 4, "stored": 3, "broken": 0}
    assert json.loads(command(*load, "--again").stdout)["stored"] == 3


def test_broken_lines_are_named_and_the_others_stored(command: Callable[..., Any], file: Path) -> None:
    file.write_text(HEADER + LINE + "never,search,large,1,1,1,1\n" + LINE)
    answer = command("usage", "import", str(file), *ACME)
    assert answer.returncode == 1
    assert json.loads(answer.stdout) == {"event": "imported", "lines": 4, "stored": 2, "broken": 1}
    assert answer.stderr.startswith(f"{file}, line 3: ")


def test_what_cannot_be_imported_is_refused_in_one_line(command: Callable[..., Any], file: Path) -> None:
    stranger = ["--tenant", "acme", "--email", "eve@acme.example"]
    assert "there is no user eve@acme.example" in refusal(command("usage", "import", str(file), *stranger))
    assert "No such file" in refusal(command("usage", "import", str(file) + "x", *ACME))
    file.write_text("a,b\n1,2\n")
    assert "the header" in refusal(command("usage", "import", str(file), *ACME))
    assert "there is no ClickHouse to fill" in refusal(command("usage", "sync", "--tenant", "acme"))
