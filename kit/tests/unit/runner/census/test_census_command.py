from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from goldenpath.cli.main import dispatch

Plant = Callable[[dict[str, str]], Path]
FILES = {
    "test_a.py": "import pytest\n@pytest.mark.slow\n@pytest.mark.parametrize('n', [1, 2])\ndef test_it(n): ...\n",
    "test_b.py": "class TestB:\n    def __init__(self): ...\n    def test_never(self): ...\n",
}


@pytest.fixture
def project(plant: Plant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    root = plant(FILES)
    monkeypatch.chdir(root)
    monkeypatch.setenv("GOLDENPATH_CACHE_DIR", str(tmp_path / "cache"))
    return root


def test_it_counts_lists_and_names_what_never_runs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["census", "--list"]) == 1
    said = capsys.readouterr().out
    assert "    2  test_a.py::test_it  @slow\n" in said
    assert (
        "test_b.py:1  init_class\n    TestB has a __init__, so pytest never makes one and its 1 test never run" in said
    )
    assert said.endswith("2 tests of 1 functions in 2 files; one thing looks like a test and never runs\n")


def test_without_ghosts_it_ends_0(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["census", "test_a.py"]) == 0
    assert "nothing that looks like a test is left out" in capsys.readouterr().out


def test_it_is_one_document_for_programs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dispatch(["census", "--json", "--no-cache"])
    document = json.loads(capsys.readouterr().out)
    assert (document["format"], document["version"], document["tests"]) == ("goldenpath-census", 1, 2)
    assert [ghost["reason"] for ghost in document["ghosts"]] == ["init_class"]
    assert document["differences"] is None


@pytest.mark.parametrize("arguments", [["nowhere"], ["--evidence", "20990101"]])
def test_what_is_not_there_is_a_usage_error(
    arguments: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch(["census", *arguments]) == 2
    assert capsys.readouterr().err.startswith("goldenpath census: ")
