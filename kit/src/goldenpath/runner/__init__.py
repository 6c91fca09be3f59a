"""One entry point that plans a run, runs it, and proves what ran.

Its names are imported on first use: the processes that hold the suite come through here as well, and must not bring
along what only the process that judges needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from goldenpath.runner.request import Request as Request
    from goldenpath.runner.request import Shard as Shard
    from goldenpath.runner.settings import UsageError as UsageError
    from goldenpath.runner.unified import UnifiedTestRunner as UnifiedTestRunner

_HOME = {
    "Request": "goldenpath.runner.request",
    "Shard": "goldenpath.runner.request",
    "UnifiedTestRunner": "goldenpath.runner.unified",
    "UsageError": "goldenpath.runner.settings",
}

__all__ = ["Request", "Shard", "UnifiedTestRunner", "UsageError"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'goldenpath.runner' has no attribute {name!r}; it offers: {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
