"""Test infrastructure for real-time, multi-tenant AI-agent backends.

Every public name is reachable here and is imported on first use (PEP 562), so that `import goldenpath` costs next
to nothing in a test run that needs only one organ of it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from goldenpath.doubles import double as double

__version__ = "0.1.0"

_HOME: dict[str, str] = {
    "double": "goldenpath.doubles",
}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'goldenpath' has no attribute {name!r}; it offers: {', '.join(__all__)}")
    from importlib import import_module

    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
