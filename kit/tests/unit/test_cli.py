from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from goldenpath.cli import main
from goldenpath.cli.commands import COMMANDS


def test_help_lists_every_command_and_ends_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)


def test_no_command_at_all_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: goldenpath COMMAND" in capsys.readouterr().out


def test_an_unknown_command_is_a_usage_error_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dmeo"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_traceback() -> None:
    pipe = f"{shlex.quote(sys.executable)} -m goldenpath --help | true"
    answer = subprocess.run(["sh", "-c", pipe], capture_output=True, text=True, check=False)
    assert answer.stderr == ""
