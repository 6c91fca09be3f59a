"""Classes of libraries that the kit doesn't depend on, and that code under test may."""

from __future__ import annotations

import sys
from typing import Any


def imported(module: str, name: str, otherwise: Any) -> Any:
    """The library's own class if it is loaded, for only then can anybody compare with it or catch it."""
    return getattr(sys.modules.get(module), name, otherwise)
