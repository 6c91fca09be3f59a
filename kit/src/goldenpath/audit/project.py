"""A project's facts, decoded when someone asks, and its modules by every name they can be imported by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast

from goldenpath.audit.cache import Cache, Entry
from goldenpath.audit.config import Config
from goldenpath.audit.facts import (
    NO_OUTLINE,
    NOTHING,
    SECTIONS,
    Binding,
    Class,
    Function,
    Import,
    Method,
    Namespace,
    Outline,
    Outlined,
    Problem,
    Sighting,
    Suppression,
)
from goldenpath.audit.layout import Layout, Place

_OF_EVERY_MODULE: Final = dict.fromkeys(
    ("__name__", "__file__", "__doc__", "__package__", "__spec__", "__loader__", "__path__", "__dict__"),
    Binding("value"),
)
_NUMBER: Final = {name: number for number, name in enumerate(SECTIONS)}


class View:
    """One file of the project: its place, and its facts by section."""

    def __init__(self, path: str, place: Place, entry: Entry, cache: Cache) -> None:
        self.path = path
        self.place = place
        self._entry = entry
        self._cache = cache

    def __repr__(self) -> str:
        return f"View({self.path!r})"

    def has(self, section: str) -> bool:
        """Whether a section holds anything, without decoding it."""
        return self._entry.lengths[_NUMBER[section]] > 0

    def _rows(self, section: str) -> Any:
        return self._cache.section(self._entry, _NUMBER[section])

    @cached_property
    def outline(self) -> Outline:
        rows = self._rows("outline")
        return Outline(rows[0], rows[1], [Outlined(*row) for row in rows[2]], rows[3]) if rows else NO_OUTLINE

    @cached_property
    def problems(self) -> list[Problem]:
        return [Problem(*row) for row in self._rows("problems")]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names the module has."""
        return frozenset(self.bindings)

    @cached_property
    def imports(self) -> list[Import]:
        return [Import(*row) for row in self._rows("imports")]

    @cached_property
    def namespace(self) -> Namespace:
        rows = self._rows("namespace")
        return Namespace(*rows) if rows else NOTHING

    @cached_property
    def bindings(self) -> dict[str, Binding]:
        """What the module's names are bound to."""
        found = dict(_OF_EVERY_MODULE)
        for kind, names in self.namespace.plain.items():
            found.update(dict.fromkeys(names, Binding(kind)))
        for kind, targets in self.namespace.targeted.items():
            found.update((name, Binding(kind, target)) for name, target in targets.items())
        return found

    @cached_property
    def classes(self) -> list[Class]:
        return [Class(*row)._replace(methods=[Method(*method) for method in row[6]]) for row in self._rows("classes")]

    @cached_property
    def functions(self) -> list[Function]:
        return [Function(*row) for row in self._rows("functions")]

    @cached_property
    def function_named(self) -> dict[str, Function]:
        """The functions by qualified name; of equals the last, which is the one that stands."""
        return {row.qualname: row for row in self.functions}

    @cached_property
    def class_named(self) -> dict[str, Class]:
        """The classes by qualified name."""
        return {row.qualname: row for row in self.classes}

    def sightings(self, section: str) -> list[Sighting]:
        """One of the sections that hold sightings."""
        found = self.__dict__.get(section)
        if found is None:
            found = self.__dict__[section] = [Sighting(*row) for row in self._rows(section)]
        return cast("list[Sighting]", found)

    @property
    def suppressions(self) -> list[Suppression]:
        return [Suppression(*row) for row in self._rows("suppressions")]

    @property
    def package(self) -> str:
        """The folder of the file."""
        return self.path.rpartition("/")[0]


class Project:
    """All files of a project, and which of them are to be reported on."""

    def __init__(
        self, config: Config, entries: dict[str, Entry], cache: Cache, reported: Callable[[str], bool] | None = None
    ) -> None:
        self.config = config
        self.root: Path = config.root
        self.layout = Layout(config, entries)
        self.by_path = {path: View(path, self.layout.place(path), entry, cache) for path, entry in entries.items()}
        self._by_sections: dict[tuple[str, ...], list[View]] = {}
        self._reported_by_sections: dict[tuple[str, ...], list[View]] = {}
        self._reported = frozenset(filter(reported, self.by_path))

    def views(self, *sections: str) -> Iterator[View]:
        """The files to be reported on that have something in one of the sections (all files when none is named)."""
        found = self._reported_by_sections.get(sections)
        if found is None:
            found = [view for view in self.everywhere(*sections) if view.path in self._reported]
            self._reported_by_sections[sections] = found
        return iter(found)

    def everywhere(self, *sections: str) -> Iterator[View]:
        """The same over the whole project, reported on or not."""
        return iter(self._having(sections) if sections else self.by_path.values())

    def _having(self, sections: tuple[str, ...]) -> list[View]:
        found = self._by_sections.get(sections)
        if found is None:
            numbers = [_NUMBER[section] for section in sections]
            found = [view for view in self.by_path.values() if any(view._entry.lengths[number] for number in numbers)]
            self._by_sections[sections] = found
        return found

    def reports(self, path: str) -> bool:
        """Whether a file is to be reported on."""
        return path in self._reported

    def test_views(self, *sections: str) -> Iterator[View]:
        """The files to be reported on that belong to the tests."""
        return (view for view in self.views(*sections) if view.place.in_tests)

    @cached_property
    def folders(self) -> set[str]:
        """Every folder that holds a Python file, at any depth."""
        found: set[str] = set()
        for path in self.by_path:
            folder = path.rpartition("/")[0]
            while folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return found

    @cached_property
    def source_roots(self) -> list[str]:
        """The folders from which imports start: configured ones, the root, `src`, and those of inner distributions."""
        roots = {"", *(root.strip("/") for root in self.config.source if root.strip("/") != ".")}
        for folder in self.folders:
            if folder.rpartition("/")[2] in {"src", "lib"} and f"{folder}/__init__.py" not in self.by_path:
                roots.add(folder)
        for prefix in self.layout.services.values():
            roots.add(prefix.strip("/"))
        for folder in self.folders:
            if folder.count("/") < 2 and any(
                (self.root / folder / marker).is_file() for marker in ("pyproject.toml", "setup.py", "setup.cfg")
            ):
                roots.add(folder)
        return sorted(roots, key=len, reverse=True)

    @cached_property
    def modules(self) -> dict[str, list[View]]:
        """Files by every dotted name they can be imported by."""
        found: dict[str, list[View]] = {}
        roots = self.source_roots
        for path, view in self.by_path.items():
            for root in {self.chain_root(path), *(root for root in roots if not root or path.startswith(root + "/"))}:
                name = module_name(path, root)
                if name:
                    found.setdefault(name, []).append(view)
        return found

    @cached_property
    def tops(self) -> set[str]:
        """The first parts of all those names: an import that begins otherwise leaves the project."""
        return {name.partition(".")[0] for name in self.modules}

    def chain_root(self, path: str) -> str:
        """The folder above the topmost package that a file belongs to."""
        folder = path.rpartition("/")[0]
        while folder and f"{folder}/__init__.py" in self.by_path:
            folder = folder.rpartition("/")[0]
        return folder

    @cached_property
    def packages(self) -> dict[str, list[View]]:
        """The regular packages that imports can start from, by name: the ones that are certainly this project's own."""
        found: dict[str, list[View]] = {}
        for root in self.source_roots:
            prefix = root + "/" if root else ""
            for path, view in self.by_path.items():
                if (
                    path.startswith(prefix)
                    and path.endswith("/__init__.py")
                    and path.count("/") == prefix.count("/") + 1
                ):
                    found.setdefault(path[len(prefix) :].partition("/")[0], []).append(view)
        return found


def module_name(path: str, root: str) -> str:
    """The dotted name of a file seen from a folder, or "" when it cannot be imported from there."""
    inner = path[len(root) + 1 :] if root else path
    parts = inner.removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    if not parts or not all(part.isidentifier() for part in parts):
        return ""
    return ".".join(parts)
