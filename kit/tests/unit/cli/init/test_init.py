from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
import yaml

from goldenpath.cli import main

PROJECT = b'[project]\nname = "shop"  # ours\n\n[tool.ruff]\nline-length = 100'
HOOKS = """\
# our hooks
repos:
  - repo: https://example.org/hooks
    rev: v1
    hooks:
      - id: tidy

# what else
default_stages: [pre-commit]
"""


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def hooks_of(root: Path) -> list[str]:
    document = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())
    return [hook["id"] for repo in document["repos"] for hook in repo["hooks"]]


def test_an_empty_folder_gets_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--in", str(tmp_path)]) == 0
    settings = tomllib.loads((tmp_path / "pyproject.toml").read_text())["tool"]["goldenpath"]
    workflow = yaml.safe_load((tmp_path / ".github/workflows/goldenpath.yml").read_text())
    assert set(settings) == {"audit", "runner"}
    assert [step["run"] for step in workflow["jobs"]["goldenpath"]["steps"] if "run" in step][-1] == (
        "goldenpath run --github"
    )
    assert hooks_of(tmp_path) == ["goldenpath-audit"]
    assert (tmp_path / ".gitignore").read_text() == ".goldenpath/\n"
    assert "goldenpath audit --update-baseline" in capsys.readouterr().out


def test_what_was_there_stays_to_the_byte(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(PROJECT)
    (tmp_path / ".gitignore").write_bytes(b"*.pyc")
    (tmp_path / ".pre-commit-config.yaml").write_text(HOOKS)
    assert main(["init", "--in", str(tmp_path)]) == 0
    after = contents(tmp_path)
    assert after["pyproject.toml"].startswith(PROJECT + b"\n\n[tool.goldenpath.audit]")
    assert after[".gitignore"] == b"*.pyc\n.goldenpath/\n"
    assert hooks_of(tmp_path) == ["tidy", "goldenpath-audit"]
    kept = iter(after[".pre-commit-config.yaml"].decode().splitlines())
    assert all(line in kept for line in HOOKS.splitlines())


def test_a_second_time_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_text(HOOKS)
    main(["init", "--in", str(tmp_path)])
    before = contents(tmp_path)
    capsys.readouterr()
    assert main(["init", "--in", str(tmp_path)]) == 0
    assert contents(tmp_path) == before
    assert capsys.readouterr().out.count("as it was") == 4


def test_tables_and_files_of_the_projects_own_are_left_alone(tmp_path: Path) -> None:
    own = b'[tool.goldenpath.audit]\nbaseline = "mine.json"\n'
    (tmp_path / "pyproject.toml").write_bytes(own)
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/goldenpath.yml").write_bytes(b"name: ours\n")
    assert main(["init", "--in", str(tmp_path)]) == 0
    settings = tomllib.loads((tmp_path / "pyproject.toml").read_text())["tool"]["goldenpath"]
    assert settings["audit"] == {"baseline": "mine.json"}
    assert "runner" in settings
    assert (tmp_path / ".github/workflows/goldenpath.yml").read_bytes() == b"name: ours\n"


def test_windows_line_ends_and_file_rights_are_kept(tmp_path: Path) -> None:
    settings = tmp_path / "pyproject.toml"
    settings.write_bytes(PROJECT.replace(b"\n", b"\r\n"))
    settings.chmod(0o600)
    (tmp_path / ".pre-commit-config.yaml").write_bytes(HOOKS.replace("\n", "\r\n").encode())
    assert main(["init", "--in", str(tmp_path)]) == 0
    for name in ("pyproject.toml", ".pre-commit-config.yaml"):
        content = (tmp_path / name).read_bytes()
        assert content.count(b"\n") == content.count(b"\r\n")
    assert settings.stat().st_mode & 0o777 == 0o600


def test_a_dry_run_shows_the_difference_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_bytes(PROJECT)
    before = contents(tmp_path)
    assert main(["init", "--in", str(tmp_path), "--dry-run"]) == 0
    assert contents(tmp_path) == before
    assert "+[tool.goldenpath.audit]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("pyproject.toml", b"[project\n", "pyproject.toml does not parse"),
        ("pyproject.toml", b"\xff", "pyproject.toml does not parse"),
        (".pre-commit-config.yaml", b"repos: []\n", "add there by hand:\n- repo: local"),
    ],
)
def test_a_file_that_is_not_understood_is_left_as_it_is_and_named(
    name: str, content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main(["init", "--in", str(tmp_path)]) == 1
    assert (tmp_path / name).read_bytes() == content
    assert told in capsys.readouterr().err
    assert (tmp_path / ".gitignore").exists()


@pytest.mark.parametrize("indent", ["", "    "])
def test_the_hook_is_indented_as_the_others_are(indent: str, tmp_path: Path) -> None:
    text = f"repos:\n{indent}- repo: local\n{indent}  hooks:\n{indent}    - id: one\n"
    (tmp_path / ".pre-commit-config.yaml").write_text(text)
    assert main(["init", "--in", str(tmp_path)]) == 0
    assert hooks_of(tmp_path) == ["one", "goldenpath-audit"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--in", str(tmp_path / "gone")]) == 2
    assert os.listdir(tmp_path) == []
    assert "is no folder" in capsys.readouterr().err
