"""A Docker engine of the run's own, with images of its own: no registry, and nothing of this machine's Docker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenpath.environment import get_env
from goldenpath.services.docker.engine import Engine, connect

from .dockerd import Daemon, obstacle
from .images import build_all, environ_for


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    hindrance = obstacle()
    if hindrance:
        pytest.skip(f"needs a Docker engine: {hindrance}")
    with Daemon() as daemon:
        build_all(connect({**get_env().all(), "DOCKER_HOST": daemon.url}).client)
        yield daemon


@pytest.fixture(scope="session")
def environ(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that lead to the engine and its images."""
    cache = tmp_path_factory.mktemp("cache")
    return {**get_env().all(), **environ_for(daemon.url), "GOLDENPATH_CACHE_DIR": str(cache)}


@pytest.fixture
def engine(environ: dict[str, str]) -> Engine:
    return connect(environ)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
