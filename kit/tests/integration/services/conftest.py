"""A ground and a cache for tests that look at what is left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenpath.environment import get_env

from .ground import Ground


@pytest.fixture
def ground() -> Iterator[Ground]:
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.rmdir()
    yield Ground(root)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache for the run, so that these tests neither depend on the user's nor fill it."""
    folder = tmp_path_factory.mktemp("cache")
    with get_env().overlay(GOLDENPATH_CACHE_DIR=str(folder)):
        yield folder
