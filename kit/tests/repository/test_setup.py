"""The script behind `make setup`, in a copy of the repository's top folder and with a pip that installs nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
READS = ["constraints.txt", "kit/pyproject.toml", "backend/pyproject.toml", ".ci/setup", ".ci/test.txt", ".ci/demo.txt"]


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder with spaces"
    for name in READS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


def setup(top: Path, *, python: str = sys.executable, packages: str = "test") -> subprocess.CompletedProcess[str]:
    command = ["sh", ".ci/setup", ".venv", packages, python]
    return subprocess.run(command, cwd=top, capture_output=True, text=True, check=False)


def make_environment(top: Path) -> Path:
    """A virtual environment whose pip pretends to install one package."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=top, check=True)
    site_packages = next((top / ".venv/lib").glob("python3.*/site-packages"))
    (site_packages / "pip").mkdir()
    (site_packages / "pip/__main__.py").write_text("print('installed')")
    (site_packages / "thing-1.dist-info").mkdir()
    (site_packages / "thing-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1\n")
    (site_packages / "thing-1.dist-info/RECORD").write_text("thing/__init__.py,,\n")
    for package in ("thing", "goldenpath", "agent_backend"):
        (site_packages / package).mkdir()
        (site_packages / package / "__init__.py").touch()
    return site_packages


def interpreter(folder: Path, script: str) -> str:
    path = folder / "fakepython"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def refusal(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == answer.stderr.count("setup: ")
    return answer.stderr


def test_nothing_is_installed_twice(top: Path) -> None:
    make_environment(top)
    assert "installed" in setup(top).stdout
    again = setup(top)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_changed_constraint_installs_again(top: Path) -> None:
    make_environment(top)
    setup(top)
    (top / "constraints.txt").write_text("pytest==0\n")
    assert "installed" in setup(top).stdout


def test_each_set_of_packages_is_installed_once(top: Path) -> None:
    make_environment(top)
    setup(top, packages="demo")
    assert "installed" in setup(top, packages="test").stdout
    assert setup(top, packages="demo").stdout == ""


def test_an_interrupted_installation_is_continued(top: Path) -> None:
    site_packages = make_environment(top)
    (site_packages / "pip/__main__.py").write_text("raise SystemExit(1)")
    assert "the same command continues" in refusal(setup(top))
    (site_packages / "pip/__main__.py").write_text("")
    assert setup(top).returncode == 0


def test_an_environment_that_moved_with_its_folder_is_installed_again(top: Path) -> None:
    make_environment(top)
    setup(top)
    moved = top.rename(top.with_name("elsewhere"))
    assert "installed" in setup(moved).stdout


def test_an_environment_whose_python_does_not_run_is_named_as_damaged(top: Path) -> None:
    (top / ".venv/bin").mkdir(parents=True)
    (top / ".venv/bin/python").symlink_to("/nowhere/python")
    assert ".venv is damaged (its Python does not run); remove it with 'make clean'" in refusal(setup(top))


def test_an_environment_that_lost_a_package_is_named_as_damaged(top: Path) -> None:
    site_packages = make_environment(top)
    setup(top)
    shutil.rmtree(site_packages / "thing")
    answer = refusal(setup(top))
    assert "thing is installed, but thing/__init__.py is missing" in answer
    assert "remove it with 'make clean'" in answer


def test_an_environment_that_lost_the_project_itself_is_named_as_damaged(top: Path) -> None:
    site_packages = make_environment(top)
    setup(top)
    shutil.rmtree(site_packages / "goldenpath")
    assert "No module named 'goldenpath'" in refusal(setup(top))


def test_an_environment_whose_making_was_cut_off_is_named_as_damaged(top: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=top, check=True)
    assert "it has no pip: its making was cut off); remove it with 'make clean'" in refusal(setup(top))


def test_an_old_python_is_refused_with_its_version(top: Path) -> None:
    old = interpreter(top, 'case "$1" in -V) echo Python 3.9.1;; -c) [ -z "$2" ];; esac')
    assert "is Python 3.9.1, but Python 3.11 or newer is needed" in refusal(setup(top, python=old))
    assert not (top / ".venv").exists()


def test_a_python_that_is_not_there_is_named(top: Path) -> None:
    assert "there is no python3.99 on this machine" in refusal(setup(top, python="python3.99"))


def test_a_python_that_does_not_run_is_named(top: Path) -> None:
    assert "does not run; name another" in refusal(setup(top, python=interpreter(top, "exit 127")))


def test_an_environment_of_another_python_is_not_reused(top: Path) -> None:
    make_environment(top)
    other = interpreter(top, 'case "$2" in *print*) echo another version;; esac')
    assert "was made with another Python" in refusal(setup(top, python=other))


def test_a_folder_that_cannot_be_written_is_named_and_left_as_it_was(top: Path) -> None:
    mount = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && sh .ci/setup .venv test',
    ]
    answer = subprocess.run(mount, cwd=top, capture_output=True, text=True, check=False)
    if answer.returncode == 1:
        pytest.skip(f"macOS, or no right to make a mount: {answer.stderr}")
    assert "is not writable; the environment .venv belongs in it" in refusal(answer)
    assert not (top / ".venv").exists()
