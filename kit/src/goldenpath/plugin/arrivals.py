"""Do something to a module once it is there: now, or as soon as somebody imports it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Action = Callable[[ModuleType], None]


class Arrivals(MetaPathFinder):
    """Waits for modules by name; it imports nothing itself."""

    def __init__(self) -> None:
        self._awaited: dict[str, list[Action]] = {}

    def await_module(self, name: str, action: Action) -> None:
        """Call with the module of this name, once."""
        if name in sys.modules:
            action(sys.modules[name])
        else:
            self._awaited.setdefault(name, []).append(action)

    def install(self) -> Callable[[], None]:
        """Watch imports until the returned function is called."""
        sys.meta_path.insert(0, self)
        return lambda: sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """What the other finders find, with a loader that tells when it is done."""
        actions = self._awaited.pop(name, None)
        if actions is None:
            return None
        found = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, found), None)
        if spec is None or spec.loader is None:
            self._awaited[name] = actions
            return spec
        spec.loader = _Telling(spec.loader, actions)
        return spec


class _Telling(Loader):
    def __init__(self, loader: Loader, actions: list[Action]) -> None:
        self._loader = loader
        self._actions = actions

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        for action in self._actions:
            action(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
