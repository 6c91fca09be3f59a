"""What every rule looks at: the project, its names, and the questions several rules ask."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cached_property
from typing import TYPE_CHECKING, Final

from goldenpath.audit.facts import Class, Function, Sighting
from goldenpath.audit.project import Project, View
from goldenpath.audit.resolution import PLAIN_BASES, Ancestry, Resolver
from goldenpath.audit.vocabulary import is_plain_decorator, promises_check, role_of

if TYPE_CHECKING:
    from goldenpath.audit.imports import Imports

PLAIN_CASES: Final = frozenset({"unittest.TestCase", "unittest.case.TestCase"})
ASYNC_CASES: Final = frozenset({"unittest.IsolatedAsyncioTestCase", "unittest.async_case.IsolatedAsyncioTestCase"})
_HARMLESS_BASES: Final = PLAIN_BASES | PLAIN_CASES | ASYNC_CASES
_FIXTURES: Final = ("pytest.fixture", "pytest_asyncio.fixture", "pytest.yield_fixture")
_PREPARING: Final = {
    "setUp",
    "setup_method",
    "setup",
    "setUpClass",
    "setup_class",
    "asyncSetUp",
    "tearDown",
    "teardown_method",
    "asyncTearDown",
}
_HELPERS_DEEP: Final = 6


class Inspection:
    """One audit of one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.resolver = Resolver(project)
        self._tests: dict[str, list[tuple[Function, Class | None]]] = {}
        self._checking: dict[tuple[str, str], bool] = {}

    def ancestry(self, view: View, row: Class) -> Ancestry:
        """A class and its bases."""
        return self.resolver.ancestry(view, row)

    def is_case(self, ancestry: Ancestry) -> bool | None:
        """Whether a class is a `unittest` test case; None when nobody can tell."""
        if any(name in PLAIN_CASES or name in ASYNC_CASES or name.endswith("TestCase") for name in ancestry.external):
            return True
        if ancestry.certain and ancestry.external <= _HARMLESS_BASES:
            return False
        return None

    def owner(self, view: View, function: Function) -> Class | None:
        """The class a method belongs to."""
        return view.class_named.get(function.qualname.rpartition(".")[0]) if function.where == "class" else None

    def tests(self, view: View) -> list[tuple[Function, Class | None]]:
        """The test functions that the runner collects from a file, with their classes.

        A function or class that its own file reads is left out: it serves other tests, whatever it is called.
        """
        known = self._tests.get(view.path)
        if known is None:
            known = self._tests[view.path] = list(self._collected(view)) if view.place.kind == "test" else []
        return known

    def _collected(self, view: View) -> Iterator[tuple[Function, Class | None]]:
        layout = self.project.layout
        mentioned = self.mentioned(view)
        for function in view.functions:
            if not layout.collects_function(function.name) or function.where == "function":
                continue
            owner = self.owner(view, function)
            if function.where == "class":
                if owner is None or owner.where == "function" or owner.collected == "False" or owner.name in mentioned:
                    continue
                if owner.where == "class" and not layout.collects_class(owner.name):
                    continue
                if not layout.collects_class(owner.name) and self.is_case(self.ancestry(view, owner)) is not True:
                    continue
            if any(decorator.startswith(_FIXTURES) for decorator in function.decorators):
                continue
            if function.where == "module" and function.name in mentioned:
                continue
            yield function, owner

    @staticmethod
    def plainly_decorated(function: Function) -> bool:
        """Whether all decorators are known to leave a test alone."""
        return all(is_plain_decorator(decorator) for decorator in function.decorators)

    @staticmethod
    def is_skipped(function: Function | Class) -> bool:
        """Whether decorators say that it is not meant to run, or is expected to fail."""
        return any(
            part in decorator for decorator in function.decorators for part in ("skip", "xfail", "expectedFailure")
        )

    def prepares(self, view: View, owner: Class | None) -> bool:
        """Whether something runs around each test of a class or file that may do the checking."""
        if owner is not None:
            ancestry = self.ancestry(view, owner)
            if not ancestry.certain or not ancestry.external <= _HARMLESS_BASES:
                return True
            for place, row in ancestry.classes:
                for method in row.methods:
                    function = place.function_named.get(f"{row.qualname}.{method.name}")
                    if method.name in _PREPARING or (
                        function is not None and any(name.startswith(_FIXTURES) for name in function.decorators)
                    ):
                        return True
        return any(
            function.where == "module"
            and (
                function.name in {"setup_function", "setup_module", "teardown_function"}
                or (function.asserts and self.is_fixture(function))
            )
            for function in view.functions
        )

    @staticmethod
    def is_fixture(function: Function) -> bool:
        """Whether a function is a pytest fixture."""
        return any(decorator.startswith(_FIXTURES) for decorator in function.decorators)

    @cached_property
    def fixtures(self) -> dict[str, list[tuple[View, Function]]]:
        """Every fixture of the project by name."""
        found: dict[str, list[tuple[View, Function]]] = {}
        for view in self.project.everywhere("functions"):
            for function in view.functions:
                if function.decorators and self.is_fixture(function):
                    found.setdefault(function.name, []).append((view, function))
        return found

    def checks(self, view: View, function: Function, depth: int = 0) -> bool:
        """Whether a function checks anything, itself or through helpers; True when a helper cannot be followed."""
        if function.asserts:
            return True
        key = (view.path, function.qualname)
        if key not in self._checking:
            self._checking[key] = False
            self._checking[key] = depth > _HELPERS_DEEP or any(
                self._call_checks(view, function, name, depth) for name in function.calls
            )
        return self._checking[key]

    def _call_checks(self, view: View, function: Function, name: str, depth: int) -> bool:
        if name.startswith("param:"):
            return True
        last = name.rpartition(".")[2]
        if promises_check(last):
            return True
        if name.startswith(("self.", "cls.")):
            return self._method_checks(view, function, name, depth)
        local = view.function_named.get(name) or view.function_named.get(f"{function.qualname}.{name}")
        if local is not None and local is not function:
            return self.checks(view, local, depth + 1)
        found = self.resolver.resolve(view, name)
        if found.kind == "function" and found.view is not None:
            helper = found.view.function_named.get(found.name)
            return self.checks(found.view, helper, depth + 1) if helper is not None else found.view.place.in_tests
        if found.kind == "class" and found.view is not None and found.row is not None:
            if not found.view.place.in_tests:
                return False
            methods = (
                found.view.function_named.get(f"{found.row.qualname}.{method.name}") for method in found.row.methods
            )
            return any(method is not None and self.checks(found.view, method, depth + 1) for method in methods)
        if found.kind == "unknown":
            return "." not in name or name.startswith(".")
        return False

    def _method_checks(self, view: View, function: Function, name: str, depth: int) -> bool:
        owner = view.class_named.get(function.qualname.rpartition(".")[0])
        parts = name.split(".")
        if owner is None or len(parts) != 2:
            return owner is None
        ancestry = self.ancestry(view, owner)
        for place, row in ancestry.classes:
            method = place.function_named.get(f"{row.qualname}.{parts[1]}")
            if method is not None:
                return self.checks(place, method, depth + 1)
            if parts[1] in row.attributes:
                return True
        return not ancestry.certain or not ancestry.external <= _HARMLESS_BASES

    def may_be_left_out(self, view: View) -> bool:
        """Whether a `collect_ignore` of some conftest names a file, on whatever condition: it need not even parse."""
        return any(fnmatch(view.path, pattern) for pattern in self._ignored)

    @cached_property
    def _ignored(self) -> list[str]:
        return [
            f"{view.package}/{seen.detail}".lstrip("/")
            for view in self.project.everywhere("infrastructure")
            if view.place.kind == "conftest"
            for seen in view.sightings("infrastructure")
            if seen.kind == "collect-ignore"
        ]

    @cached_property
    def inherited_names(self) -> set[str]:
        """The last names of all bases anywhere, resolved or not."""
        return {
            base.rpartition(".")[2]
            for view in self.project.everywhere("outline")
            for row in view.outline.classes
            for base in row.bases
        }

    @cached_property
    def imported_names(self) -> set[str]:
        """Every name that any file of the project imports."""
        return {
            name
            for view in self.project.everywhere("imports")
            for row in view.imports
            for name in row.names or [row.module.rpartition(".")[2]]
        }

    @cached_property
    def _oddities(self) -> dict[str, list[tuple[View, Sighting]]]:
        found: dict[str, list[tuple[View, Sighting]]] = {}
        for view in self.project.test_views("oddities"):
            for seen in view.sightings("oddities"):
                found.setdefault(seen.kind, []).append((view, seen))
        return found

    def odd(self, kind: str) -> list[tuple[View, Sighting]]:
        """What is odd in this way about the statements of test code, wherever it stands."""
        return self._oddities.get(kind, [])

    def odd_tests(self, kind: str) -> Iterator[tuple[View, Sighting]]:
        """The same about the tests that the runner collects."""
        for view, seen in self.odd(kind):
            if any(function.qualname == seen.scope for function, _ in self.tests(view)):
                yield view, seen

    def suspicious(self) -> Iterator[View]:
        """The test files to be reported on in which some test is empty, yields, or checks nothing by itself."""
        return (view for view in self.project.views("outline") if view.place.kind == "test" and view.outline.suspicious)

    @cached_property
    def imports(self) -> Imports:
        """Where imports lead."""
        from goldenpath.audit.imports import Imports

        return Imports(self)

    @cached_property
    def imported_modules(self) -> set[str]:
        """The last names of all modules that any file of the project imports from."""
        return {row.module.rpartition(".")[2] for view in self.project.everywhere("imports") for row in view.imports}

    def mentioned(self, view: View) -> set[str]:
        """Which of its own classes and tests a file reads anywhere."""
        return set(view.namespace.mentions)

    @cached_property
    def doubles(self) -> list[tuple[View, Class, str]]:
        """The test doubles of the whole project, with the role their name gives them."""
        collects = self.project.layout.collects_class
        return [
            (view, row, role)
            for view in self.project.everywhere("outline")
            if view.place.in_tests and any(role_of(each.name) for each in view.outline.classes)
            for row in view.classes
            if (role := role_of(row.name)) and not collects(row.name)
        ]

    @cached_property
    def real_classes(self) -> dict[str, list[tuple[View, Class]]]:
        """The production classes by their lower-case name without underscores."""
        found: dict[str, list[tuple[View, Class]]] = {}
        wanted = {role for _, _, role in self.doubles}
        if not wanted:
            return found
        for view in self.project.everywhere("outline"):
            for each in view.outline.classes:
                name = each.name.replace("_", "").lower()
                if name in wanted and "o" in each.traits and not view.place.in_tests and not role_of(each.name):
                    found.setdefault(name, []).append((view, view.class_named[each.name]))
        return found

    def real_of(self, view: View, row: Class, role: str) -> tuple[View, Class] | None:
        """The production class a double stands for: a base, or the only class of that name with the same methods."""
        for place, base in self.ancestry(view, row).classes[1:]:
            if not place.place.in_tests and not role_of(base.name):
                return place, base
        candidates = self.real_classes.get(role, [])
        if len(candidates) != 1:
            return None
        place, real = candidates[0]
        own = {method.name for method in row.methods if not method.name.startswith("_")}
        members = {name for name in self.ancestry(place, real).members() if not name.startswith("_")}
        shared = own & members
        return (place, real) if shared and 2 * len(shared) >= len(own) else None
