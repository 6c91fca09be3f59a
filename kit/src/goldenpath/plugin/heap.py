"""What was collected is set aside from the garbage collector: it stays until the end, so looking at it is in vain.

This pays for all that the plugin does beside each test. Whoever tests the collector itself, by objects that were made
while modules were imported, goes without: `-p no:goldenpath.plugin.heap`.
"""

from __future__ import annotations

import gc

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()
