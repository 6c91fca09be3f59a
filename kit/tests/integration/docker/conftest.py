"""A Docker engine of the run's own, with images of its own: no registry, and nothing of this machine's Docker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenpath.environment import get_env
from goldenpath.services.docker.engine import Engine, connect

from .dockerd import engine_of_the_run, obstacle
from .images import build_all, environ_for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They count what is on the engine, which workers share: one at a time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.resource("dockerd"))


@pytest.fixture(scope="session")
def docker_url() -> Iterator[str]:
    hindrance = obstacle()
    if hindrance:
        pytest.skip(f"needs a Docker engine: {hindrance}")
    with engine_of_the_run() as url:
        build_all(connect({**get_env().all(), "DOCKER_HOST": url}).client)
        yield url


@pytest.fixture(scope="session")
def environ(docker_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that lead to the engine and its images."""
    cache = tmp_path_factory.mktemp("cache")
    return {**get_env().all(), **environ_for(docker_url), "GOLDENPATH_CACHE_DIR": str(cache)}


@pytest.fixture
def engine(environ: dict[str, str]) -> Engine:
    return connect(environ)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
