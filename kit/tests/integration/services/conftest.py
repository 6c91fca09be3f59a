"""A ground and a cache for tests that look at what is left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenpath.services import reaper

from .ground import Ground, wait_until


@pytest.fixture
def ground() -> Iterator[Ground]:
    place = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    place.chmod(0o755)
    ground = Ground(place)
    yield ground
    assert wait_until(lambda: not reaper.stacks(ground.root) and not ground.processes()), ground.left()
    shutil.rmtree(place)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache for the run, so that these tests neither depend on the user's nor fill it."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOLDENPATH_CACHE_DIR", str(folder))
        yield folder
