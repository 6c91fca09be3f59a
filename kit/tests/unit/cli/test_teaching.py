"""The help, the manual page and the completions are read from the parsers and teach what to type."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from goldenpath.cli import main
from goldenpath.cli.commands import COMMANDS
from goldenpath.cli.completion.bash import bash_script
from goldenpath.cli.completion.command import SHELLS
from goldenpath.cli.examples import EXAMPLES, FIRST_STEPS
from goldenpath.cli.manual.roff import manual
from goldenpath.cli.parsers import command_parser
from goldenpath.cli.tree import tree

TREE = tree()
BRANCHES = {branch.path: branch for branch in TREE.walk()}
LINES = [example.line for examples in (FIRST_STEPS, *(EXAMPLES[name] for name in COMMANDS)) for example in examples]


def completed(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of the words, the script sourced by a bash that reads no other."""
    script = folder / "goldenpath.bash"
    script.write_text(bash_script(TREE), encoding="utf-8")
    typed = " ".join(shlex.quote(word) for word in ("goldenpath", *words))
    program = (
        f"source {shlex.quote(str(script))}; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; "
        '_goldenpath; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    answer = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", program], capture_output=True, text=True, check=True, cwd=folder
    )
    assert answer.stderr == ""
    return answer.stdout.split()


def test_every_command_has_examples_and_its_help_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert COMMANDS.keys() <= EXAMPLES.keys()
    for name in COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            main([name, "--help"])
        shown = capsys.readouterr().out
        assert all(f"goldenpath {example.line}" in shown for example in EXAMPLES[name])


@pytest.mark.parametrize("line", LINES)
def test_every_example_is_understood_by_its_parser(line: str) -> None:
    name, *words = shlex.split(line.partition(" > ")[0])
    assert command_parser(name).parse_args(words)


def test_the_first_help_says_where_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"goldenpath {example.line}" in shown for example in FIRST_STEPS)
    assert max(map(len, shown.splitlines())) < 100


def test_the_tree_has_every_option_of_every_parser() -> None:
    assert BRANCHES["goldenpath", "services", "up"].flags == [
        "-h",
        "--help",
        "--name",
        "--provider",
        "--keep",
        "--json",
    ]
    assert "--keep" in BRANCHES["goldenpath", "demo"].flags
    assert BRANCHES["goldenpath", "audit"].takes_files
    assert not BRANCHES["goldenpath", "find"].takes_files
    assert {path[1] for path in BRANCHES if len(path) == 2} == COMMANDS.keys()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["de"], ["demo"]),
        (["services", ""], ["up", "down", "status", "logs", "reap"]),
        (["services", "up", "--pro"], ["--provider"]),
        (["services", "up", "--provider", "ex"], ["external"]),
        (["demo", "--k"], ["--keep"]),
        (["audit", "--format", "s"], ["sarif"]),
        (["audit", "--output", "rep"], ["report.html"]),
        (["audit", "rep"], ["report.html"]),
        (["completion", ""], [*SHELLS]),
        (["demo", "--port", "4"], []),
        (["nothing-like-this", "--k"], []),
    ],
)
def test_bash_completes_commands_options_values_and_files(tmp_path: Path, words: list[str], offered: list[str]) -> None:
    (tmp_path / "report.html").touch()
    found = completed(tmp_path, *words)
    assert [word for word in found if not word.startswith("-") or words[-1].startswith("-")] == offered


def test_bash_offers_every_command(tmp_path: Path) -> None:
    assert {word for word in completed(tmp_path, "") if not word.startswith("-")} == COMMANDS.keys()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_is_told_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    leaves = [branch for branch in BRANCHES.values() if not branch.children]
    long = {flag for branch in leaves for flag in branch.flags if flag.startswith("--")}
    assert long
    assert all((f"-l {flag[2:]}" if shell == "fish" else flag) in script for flag in long)
    assert all(name in script for name in COMMANDS)


def test_the_manual_page_has_every_command_and_option_and_no_stray_request() -> None:
    page = manual(TREE)
    plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "")
    for branch in list(TREE.walk())[1:]:
        assert f".SS {' '.join(branch.path)}\n" in plain
        assert all(flag in plain for flag in branch.flags)
    requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert requests == {".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I"}


def test_the_manual_page_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["man"]) == 0
    assert capsys.readouterr().out.startswith(".TH GOLDENPATH 1 ")
