"""What kinds of tests there are, as a table: how each is recognised, where it runs, what must have held first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of test."""

    name: str
    layer: str
    summary: str = ""
    needs: tuple[str, ...] = ()
    """Categories that must have held before this one starts."""
    folders: tuple[str, ...] = ()
    """Folder names, below the folder of tests, that make a test this kind."""
    marks: tuple[str, ...] = ()
    """Marks that do; a mark outweighs every folder."""
    services: tuple[str, ...] = ()
    """Services to bring up for it, besides those that its fixtures name."""
    command: tuple[str, ...] = ()
    """A specialist command that runs it instead of pytest."""
    junit: str = ""
    """Where that command leaves its JUnit report; counts come from there, never from the exit code alone."""
    timeout: float | None = None
    """Seconds per test, for the specialist command as a whole."""


BUILT_IN: Final = (
    Category("mission_critical", "fast_feedback", "what the business cannot do without",
             folders=("mission_critical", "critical"), marks=("mission_critical",)),
    Category("smoke", "fast_feedback", "does it start at all", folders=("smoke",), marks=("smoke",)),
    Category("startup", "fast_feedback", "start-up and shut-down", needs=("smoke",), folders=("startup",),
             marks=("startup",)),
    Category("unit", "fast_feedback", "one piece alone", folders=("unit",), marks=("unit",)),
    Category("security", "core_integration", "what must be refused", needs=("unit",), folders=("security",),
             marks=("security",)),
    Category("database", "core_integration", "against a real database", needs=("unit",),
             folders=("database", "databases"), marks=("database",)),
    Category("integration", "core_integration", "pieces together, on real services", needs=("unit", "database"),
             folders=("integration",), marks=("integration",)),
    Category("api", "service_integration", "through the front door", needs=("integration",), folders=("api",),
             marks=("api",)),
    Category("websocket", "service_integration", "live sockets", needs=("integration",),
             folders=("websocket", "websockets"), marks=("websocket",)),
    Category("agent", "service_integration", "agents at work", needs=("integration",), folders=("agent", "agents"),
             marks=("agent",)),
    Category("frontend", "service_integration", "the page", needs=("api",), folders=("frontend",),
             marks=("frontend",)),
    Category("performance", "e2e_background", "how fast, how much", needs=("integration",),
             folders=("performance", "load"), marks=("performance",)),
    Category("e2e", "e2e_background", "the whole system from outside", needs=("integration",), folders=("e2e",),
             marks=("e2e",)),
)  # fmt: skip

DEFAULT_CATEGORY: Final = "unit"
_TESTS: Final = frozenset({"tests", "test"})


@dataclass(frozen=True)
class Categories:
    """The table of a project: the built-in rows, its own over them."""

    rows: Mapping[str, Category] = field(default_factory=lambda: {row.name: row for row in BUILT_IN})
    default: str = DEFAULT_CATEGORY
    """The category of a test that no mark and no folder claims."""

    def __post_init__(self) -> None:
        claims = [(row.name, claim) for row in self.rows.values() for claim in row.folders]
        object.__setattr__(self, "_folders", {folder: name for name, folder in reversed(claims)})
        marked = [(row.name, claim) for row in self.rows.values() for claim in row.marks]
        object.__setattr__(self, "_marks", {mark: name for name, mark in reversed(marked)})

    _folders: Mapping[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _places: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    """The answers for folders asked about before: a suite has few folders and many tests."""
    _marks: Mapping[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def of(self, path: str, marks: Iterable[str] = ()) -> str:
        """The category of a test, by its nearest mark that names one, else its outermost folder that does.

        Outermost, because `tests/unit/websocket` holds unit tests of the websocket room; folders above the one called
        `tests` say where the code lives, not what the tests are.
        """
        for mark in marks:
            if mark in self._marks:
                return self._marks[mark]
        place = path.rpartition("/")[0]
        if place not in self._places:
            self._places[place] = self._of_folder(place.split("/"))
        return self._places[place]

    def _of_folder(self, folders: Sequence[str]) -> str:
        start = next((number + 1 for number, folder in enumerate(folders) if folder in _TESTS), 0)
        return next((self._folders[folder] for folder in folders[start:] if folder in self._folders), self.default)
