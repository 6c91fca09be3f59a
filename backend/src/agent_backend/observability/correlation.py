"""Which request, run and user a piece of work belongs to, known to every line it logs and every task it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_BOUND: ContextVar[Mapping[str, str]] = ContextVar("agent_backend.correlation", default=MappingProxyType({}))


@contextmanager
def correlated(**ids: str | None) -> Iterator[None]:
    """While this lasts, what is logged here carries these ids, and those around it; None leaves one out."""
    fresh = {name: value for name, value in ids.items() if value is not None}
    token = _BOUND.set(MappingProxyType({**_BOUND.get(), **fresh}))
    try:
        yield
    finally:
        _BOUND.reset(token)


def correlation() -> Mapping[str, str]:
    """The ids of the work that is being done here."""
    return _BOUND.get()
