"""The faces tell the same findings to people and machines, and the command's exit code says whether anything is new."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from goldenpath.cli import main

EMPTY = "def test_{0}():\n    pass\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "tests/test_a.py").write_text(EMPTY.format("a"))
    return root


def shown(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main(["audit", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_console_says_what_where_and_what_to_do_first(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = shown(capsys, project)
    assert code == 1
    assert "tests/test_a.py:1: test_a does nothing" in out
    assert "1. mend the 1 empty-test (GP601)" in out
    assert "area = 100 x (1 -" in out
    assert "\x1b" not in out


def test_the_console_keeps_to_eighty_ascii_columns_when_asked(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    _, out, _ = shown(capsys, project)
    assert max(map(len, out.splitlines())) <= 80
    assert out.isascii()


def test_json_holds_every_finding_with_its_fingerprint(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(capsys, project, "--format", "json")[1])
    (finding,) = document["findings"]
    assert (finding["rule"], finding["path"], finding["line"], finding["known"]) == (
        "GP601",
        "tests/test_a.py",
        1,
        False,
    )
    assert len(finding["fingerprint"]) == 16
    assert document["score"]["areas"]


def test_sarif_tells_new_from_known(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, project, "--update-baseline")
    (project / "tests/test_b.py").write_text(EMPTY.format("b"))
    document = json.loads(shown(capsys, project, "--format", "sarif")[1])
    (run,) = document["runs"]
    states = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: result["baselineState"]
        for result in run["results"]
        if result["ruleId"] == "GP601"
    }
    assert states == {"tests/test_a.py": "unchanged", "tests/test_b.py": "new"}
    assert all(result["partialFingerprints"]["goldenpath/v1"] for result in run["results"])
    assert all(
        run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"]
    )


def test_junit_fails_for_new_findings_only(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = ET.fromstring(shown(capsys, project, "--format", "junit")[1])
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    shown(capsys, project, "--update-baseline")
    suite = ET.fromstring(shown(capsys, project, "--format", "junit")[1])
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")


def test_github_gets_one_command_per_new_finding(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, project, "--format", "github")[1]
    assert out.startswith("::error file=tests/test_a.py,line=1,col=1,title=GP601 empty-test::test_a does nothing")


def test_html_is_one_page_that_names_every_finding_and_trusts_no_text(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "tests/<b>").mkdir()
    (project / "tests/<b>/test_b.py").write_text(EMPTY.format("b"))
    out = shown(capsys, project, "--format", "html")[1]
    assert "tests/test_a.py:1" in out
    assert r"tests/\u003cb\u003e/test_b.py:1" in out
    assert "http" not in out.replace("http-equiv", "")


def test_a_second_run_after_accepting_ends_0_and_the_baseline_shrinks_by_itself(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(capsys, project, "--update-baseline")[0] == 0
    assert shown(capsys, project)[0] == 0
    (project / "tests/test_a.py").write_text("def test_a():\n    assert run()\n")
    code, out, _ = shown(capsys, project)
    assert code == 0
    assert "shrank from 1 to 0" in out


def test_a_locked_baseline_is_never_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, project, "--update-baseline")
    path = project / ".goldenpath-audit-baseline.json"
    before = path.read_bytes()
    (project / "tests/test_a.py").write_text("def test_a():\n    assert run()\n")
    assert shown(capsys, project, "--locked")[0] == 1
    assert shown(capsys, project, "--locked", "--update-baseline")[0] == 2
    assert path.read_bytes() == before


def test_severity_decides_what_fails(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, project, "--fail-on", "never")[0] == 0
    (project / "tests/test_a.py").write_text("import os\n\n\ndef test_a():\n    assert os.environ['A']\n")
    assert shown(capsys, project)[0] == 0
    assert shown(capsys, project, "--fail-on", "info")[0] == 1


def test_only_changed_files_and_lines_are_reported_on(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(project), *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    assert shown(capsys, project, "--changed-since", "HEAD")[0] == 0
    (project / "tests/test_a.py").write_text(EMPTY.format("a") + "\n\n" + EMPTY.format("b"))
    (project / "tests/test_c.py").write_text(EMPTY.format("c"))
    by_line = json.loads(shown(capsys, project, "--diff", "HEAD", "--format", "json")[1])
    assert {finding["scope"] for finding in by_line["findings"]} == {"test_b", "test_c"}
    by_file = json.loads(shown(capsys, project, "--changed-since", "HEAD", "--format", "json")[1])
    assert {finding["scope"] for finding in by_file["findings"]} == {"test_a", "test_b", "test_c"}
    assert shown(capsys, project, "--changed-since", "nonsense")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--explain", "GP999"], "there is no rule GP999"),
        (["--rules", "XY1"], "no rule begins so"),
        (["nowhere"], "there is no nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    code, _, err = shown(capsys, *arguments)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.goldenpath.audit]\nignored = []\n", "did you mean 'ignore'"),
        ("[tool.goldenpath.audit]\nignore = 'GP1'\n", "a list of strings"),
        ("[tool.goldenpath.audit]\ntarget-python = 'new'\n", "a version such as"),
        ("[tool.goldenpath.audit]\nfactory = 'maybe'\n", "none of"),
        ("[tool.goldenpath.audit.severity]\nGP601 = 'bad'\n", "none of"),
        ("[tool.goldenpath.audit.canonical]\nmock = 'x'\n", "canonical module"),
        ("[tool", "cannot be read"),
    ],
)
def test_a_setting_nobody_knows_is_refused(
    text: str, said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "pyproject.toml").write_text(text)
    code, _, err = shown(capsys, project)
    assert code == 2
    assert said in err


def test_every_rule_can_be_explained_and_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = shown(capsys, "--list-rules")[1].splitlines()
    assert len(listed) > 40
    for line in listed:
        assert shown(capsys, "--explain", line.split()[0])[1].startswith(f"# {line.split()[0]}")


def test_the_registry_is_verified_by_really_importing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text("[tool.goldenpath.audit]\nregistry = 'imports.toml'\n")
    (project / "imports.toml").write_text("[symbols]\nPath = 'pathlib'\nNope = 'pathlib'\n")
    code, out, _ = shown(capsys, project, "--verify-registry")
    assert code == 1
    assert "Nope cannot be imported from pathlib: AttributeError" in out
    assert "1 of 2 symbols import" in out


def test_columns_count_characters_whatever_their_bytes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tests/test_a.py").write_text("import os\n\n\ndef test_a():\n    assert run('äöü🦄', os.getenv('X'))\n")
    (finding,) = json.loads(shown(capsys, project, "--format", "json")[1])["findings"]
    assert (finding["rule"], finding["line"], finding["column"]) == ("GP401", 5, 24)
    run = json.loads(shown(capsys, project, "--format", "sarif")[1])["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 5, "startColumn": 24}
