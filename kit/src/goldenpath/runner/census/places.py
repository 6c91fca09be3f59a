"""Which file of a project a dotted name leads to, as imports in another file of it would find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


class ModulePlaces:
    """Looks names up below the folders that are usual import roots: those above the importing file, and `src`."""

    def __init__(self, root: Path, exists: Callable[[str], bool]) -> None:
        self._exists = exists
        self._roots = ["", "src", *sorted(f"{folder.parent.name}/src" for folder in root.glob("*/src"))]
        self._found: dict[tuple[str, Sequence[str]], str | None] = {}

    def origin(self, path: str, name: str) -> tuple[str, str] | None:
        """The file of the longest module that a name begins with, and what is left of the name."""
        level = len(name) - len(name.lstrip("."))
        parts = name[level:].split(".")
        folder = path.rpartition("/")[0]
        for _ in range(level - 1):
            folder = folder.rpartition("/")[0]
        roots = (folder,) if level else tuple(dict.fromkeys([*_upwards(folder), *self._roots]))
        for cut in range(len(parts), -1, -1):
            inside = "/".join(parts[:cut])
            if inside or level:
                file = self._file(inside, roots)
                if file is not None:
                    return file, ".".join(parts[cut:])
        return None

    def _file(self, inside: str, roots: tuple[str, ...]) -> str | None:
        key = (inside, roots)
        if key not in self._found:
            stems = ["/".join(filter(None, (root, inside))) for root in roots]
            paths = (path for stem in stems for path in (f"{stem}.py", f"{stem}/__init__.py"))
            self._found[key] = next((path for path in paths if self._exists(path)), None)
        return self._found[key]


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
