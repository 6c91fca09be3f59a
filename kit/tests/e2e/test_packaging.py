"""Both distributions as a user gets them: built, installed into an environment of their own, and used from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.e2e
REPOSITORY = Path(__file__).parents[3]


class Distribution(NamedTuple):
    """A distribution of this repository: its folder, its names, and the folder that its files are built into."""

    folder: str
    name: str
    package: str
    command: str
    built: Path

    @property
    def wheel(self) -> Path:
        return next(self.built.glob(f"{self.name.replace('-', '_')}-*.whl"))

    @property
    def sdist(self) -> Path:
        return next(self.built.glob(f"{self.name.replace('-', '_')}-*.tar.gz"))

    @property
    def described(self) -> dict[str, object]:
        return dict(tomllib.loads((REPOSITORY / self.folder / "pyproject.toml").read_text())["project"])

    def metadata(self) -> Message:
        with zipfile.ZipFile(self.wheel) as archive:
            path = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            return Parser().parsestr(archive.read(path).decode())

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def in_sdist(self) -> set[str]:
        with tarfile.open(self.sdist) as archive:
            return {member.name.partition("/")[2] for member in archive if member.isfile()}


def do(*command: str | Path, cwd: Path = REPOSITORY) -> str:
    """What a command prints; it must end with 0."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON", "PIP_"))}
    answer = subprocess.run([*map(str, command)], cwd=cwd, env=kept, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"{command}\n{answer.stdout}{answer.stderr}"
    return answer.stdout


def build(source: Path, target: Path, *kinds: str) -> None:
    chosen = [word for kind in kinds for word in ("-t", kind)]
    do(sys.executable, "-m", "hatchling", "build", "-d", target, *chosen, cwd=source)


def environment(folder: Path, wheel: Path) -> Path:
    """A virtual environment that holds this wheel and nothing else; its Python."""
    do(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    offline = ["--no-index", "--no-deps", "--disable-pip-version-check", "--no-cache-dir"]
    do(sys.executable, "-m", "pip", "--python", python, "install", "-q", *offline, wheel)
    return python


def lend_dependencies(python: Path) -> None:
    """Let an environment see, after its own, the packages that this test run has; not what is installed as editable."""
    own = next((python.parents[1] / "lib").glob("python3.*/site-packages"))
    (own / "lent.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")


def files(folder: Path) -> set[str]:
    """Every file below a folder, through links, but for what Python leaves behind."""
    return {
        str(Path(place, name).relative_to(folder))
        for place, _, names in os.walk(folder, followlinks=True)
        for name in names
        if "__pycache__" not in place
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    for source in ("kit", "backend"):
        build(REPOSITORY / source, folder, "sdist", "wheel")
    return folder


@pytest.fixture(params=["kit", "backend"])
def distribution(request: pytest.FixtureRequest, built: Path) -> Distribution:
    return {
        "kit": Distribution("kit", "goldenpath", "goldenpath", "goldenpath", built),
        "backend": Distribution("backend", "goldenpath-backend", "agent_backend", "agent-backend", built),
    }[request.param]


@pytest.fixture(scope="module")
def kit_alone(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the toolkit's wheel and no dependency at all."""
    return environment(tmp_path_factory.mktemp("kit") / "env", next(built.glob("goldenpath-*.whl")))


def test_the_metadata_says_what_a_reader_needs(distribution: Distribution) -> None:
    told = distribution.metadata()
    assert told["Name"] == distribution.name
    assert told["License-Expression"] == "Apache-2.0"
    assert told["License-File"] == "LICENSE"
    assert told["Requires-Python"] == ">=3.11"
    assert {"Typing :: Typed", "Programming Language :: Python :: 3 :: Only"} <= set(told.get_all("Classifier", []))
    assert str(told.get_payload()).startswith(f"# {distribution.name}\n")
    assert [url for url in told.get_all("Project-URL", []) if "simple" in url or "pypi" in url.lower()] == []


def test_the_licence_is_the_one_of_the_repository(distribution: Distribution) -> None:
    assert (REPOSITORY / distribution.folder / "LICENSE").read_bytes() == (REPOSITORY / "LICENSE").read_bytes()


def test_the_toolkit_needs_pytest_alone_and_every_extra_is_part_of_all(built: Path) -> None:
    kit = Distribution("kit", "goldenpath", "goldenpath", "goldenpath", built)
    needs = kit.metadata().get_all("Requires-Dist", [])
    assert [need for need in needs if "extra ==" not in need] == ["pytest>=8.3"]
    wanted = {need.split(";")[0] for need in needs if "extra ==" in need}
    assert {need.split(";")[0] for need in needs if "extra == 'all'" in need} == wanted


def test_the_wheel_holds_the_package_and_nothing_else(distribution: Distribution) -> None:
    names = distribution.in_wheel()
    assert {name.split("/")[0].split("-")[0] for name in names} == {
        distribution.package,
        distribution.name.replace("-", "_"),
    }
    assert f"{distribution.package}/py.typed" in names
    own = {name for name in names if "/demo/planted/" not in name}  # the demo's own suite is data
    assert [name for name in own if "__pycache__" in name or "/tests/" in name] == []
    assert files(REPOSITORY / distribution.folder / "src") == {name for name in names if ".dist-info/" not in name}


def test_the_sdist_holds_the_sources_and_all_that_their_tests_read(distribution: Distribution) -> None:
    folder = REPOSITORY / distribution.folder
    kept = distribution.in_sdist()
    assert {f"src/{name}" for name in files(folder / "src")} <= kept
    assert {f"tests/{name}" for name in files(folder / "tests")} <= kept
    assert {"pyproject.toml", "README.md", "LICENSE", "PKG-INFO"} <= kept


def test_a_wheel_built_from_the_sdist_is_the_same(distribution: Distribution, tmp_path: Path) -> None:
    with tarfile.open(distribution.sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (unpacked,) = (tmp_path / "source").iterdir()
    build(unpacked, tmp_path / "again", "wheel")
    (again,) = (tmp_path / "again").iterdir()
    with zipfile.ZipFile(again) as ours, zipfile.ZipFile(distribution.wheel) as first:
        assert {name: ours.read(name) for name in ours.namelist()} == {
            name: first.read(name) for name in first.namelist()
        }


def test_the_toolkit_answers_without_a_single_dependency(kit_alone: Path, tmp_path: Path) -> None:
    goldenpath = kit_alone.parent / "goldenpath"
    version = do(goldenpath, "--version", cwd=tmp_path)
    assert version.startswith("goldenpath 0.")
    assert "audit" in do(goldenpath, "--help", cwd=tmp_path)
    (tmp_path / "test_sum.py").write_text("def test_a_sum():\n    assert sum([1, 2]) == 3\n")
    assert json.loads(do(goldenpath, "audit", "--no-cache", "--format", "json", cwd=tmp_path))["findings"] == []
    assert "1 tests of 1 functions" in do(goldenpath, "census", "--no-cache", cwd=tmp_path)
    use = "from goldenpath import GOLDEN_PATH, double; import goldenpath; print(goldenpath.__file__, double(dict))"
    assert str(kit_alone.parents[1]) in do(kit_alone, "-c", use, cwd=tmp_path)


def test_installing_the_toolkit_installs_the_plugin_and_the_runner(built: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env", next(built.glob("goldenpath-*.whl")))
    lend_dependencies(python)
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    (project / "test_shop.py").write_text("def test_env(isolated_env):\n    assert isolated_env is not None\n")
    plain = ["-p", "no:cacheprovider", "-W", "ignore"]
    assert "1 passed" in do(python, "-m", "pytest", *plain, "--strict-evidence", cwd=project)
    assert "1 passed" in do(python.parent / "goldenpath", "run", cwd=project)


def test_the_backend_starts_from_its_installed_files(built: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env", next(built.glob("goldenpath_backend-*.whl")))
    lend_dependencies(python)
    command = python.parent / "agent-backend"
    assert "serve" in do(command, "--help", cwd=tmp_path)
    assert do(command, "--version", cwd=tmp_path).split()[-1][0].isdigit()
    assert str(tmp_path) in do(python, "-c", "import agent_backend; print(agent_backend.__file__)", cwd=tmp_path)


def test_init_finds_its_place_in_a_foreign_project(kit_alone: Path, tmp_path: Path) -> None:
    before = {
        "pyproject.toml": b'[project]\r\nname = "shop"  # ours\r\n\r\n[tool.black]\r\nline-length = 99',
        ".pre-commit-config.yaml": b"# hooks\nrepos:\n- repo: local\n  hooks:\n  - id: tidy\n\nfail_fast: true\n",
        ".github/workflows/tests.yml": b"name: tests\non: [push]\n",
        ".gitignore": b"*.pyc\n",
        "shop/__init__.py": b"",
    }
    for name, content in before.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)

    goldenpath = kit_alone.parent / "goldenpath"
    do(goldenpath, "init", cwd=tmp_path)
    after = everything(tmp_path)
    settings = tomllib.loads(after["pyproject.toml"].decode())
    assert settings["project"]["name"] == "shop"
    assert settings["tool"]["black"] == {"line-length": 99}
    assert set(settings["tool"]["goldenpath"]) == {"audit", "runner"}
    assert after["pyproject.toml"].startswith(before["pyproject.toml"])
    assert after[".github/workflows/tests.yml"] == before[".github/workflows/tests.yml"]
    assert b"goldenpath audit --locked" in after[".github/workflows/goldenpath.yml"]
    for name, content in before.items():
        kept = iter(after[name].splitlines())
        assert all(line in kept for line in content.splitlines())

    assert "as it was  pyproject.toml" in do(goldenpath, "init", cwd=tmp_path)
    assert everything(tmp_path) == after


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
