"""Values laid over the environment for the length of one `with` block, seen only by the code inside it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from goldenpath.environment.ledger import Ledger

if TYPE_CHECKING:
    from types import TracebackType

    from goldenpath.environment.isolated import IsolatedEnvironment


class OverlayStack:
    """The overlays open in the current context, innermost last.

    Each task and thread has its own stack (contextvars), and closing an overlay closes its layer itself rather than
    popping a stack: it is over everywhere at once, in whatever order, task or context its block ends.
    """

    def __init__(self) -> None:
        self._layers: ContextVar[tuple[Ledger, ...]] = ContextVar("goldenpath_overlays", default=())

    def open_layers(self) -> list[Ledger]:
        """Every open layer, innermost first."""
        return [layer for layer in reversed(self._layers.get()) if layer.open]

    def push(self, layer: Ledger) -> None:
        """Open one more layer, inside the others."""
        self._layers.set((*(layer for layer in self._layers.get() if layer.open), layer))

    def remove(self, layer: Ledger) -> None:
        """Close a layer, wherever in the stack it is."""
        layer.open = False
        self._layers.set(tuple(layer for layer in self._layers.get() if layer.open))


class Overlay:
    """What `overlay()` returns: a context manager, sync and async, to be entered once."""

    __slots__ = ("_entered", "_environment", "_layer", "_stack")

    def __init__(self, environment: IsolatedEnvironment, stack: OverlayStack, layer: Ledger) -> None:
        self._environment = environment
        self._stack = stack
        self._layer = layer
        self._entered = False

    def __enter__(self) -> IsolatedEnvironment:
        if self._entered:
            raise RuntimeError("an overlay is entered once; call overlay() again for another block")
        self._entered = True
        self._stack.push(self._layer)
        return self._environment

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.remove(self._layer)

    async def __aenter__(self) -> IsolatedEnvironment:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)
