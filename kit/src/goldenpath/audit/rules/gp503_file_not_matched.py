from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_line

_RUN_BY_OTHERS = (
    "tests.py",
    "test*.py",
    "*tests.py",
    "__init__.py",
    "__main__.py",
    "*_spec.py",
    "bench*.py",
    "_*.py",
    "*_bench.py",
)
_HELPER_WORDS = (
    "suite", "shared", "common", "base", "mixin", "abstract", "helper", "util", "conformance", "contract", "template",
    "example", "fixture", "generic", "typing", "mypy", "pyright",
)  # fmt: skip


def find(inspection: Inspection) -> Iterator[Finding]:
    """Files of a test tree that hold tests, that the runner's patterns miss, and that nobody imports or runs."""
    for view in inspection.project.views("functions"):
        name = view.path.rpartition("/")[2]
        if (
            view.place.kind != "support"
            or any(fnmatch(name, pattern) for pattern in _RUN_BY_OTHERS)
            or any(word in view.path.lower() for word in _HELPER_WORDS)
        ):
            continue
        tests = _tests(inspection, view)
        if tests and not _is_used(inspection, view):
            patterns = ", ".join(inspection.project.config.collection.files)
            message = (
                f"{name} matches none of {patterns}, so its {len(tests)} test(s) never run; rename it to test_{name}"
            )
            yield at_line(RULE, view, 1, 0, message)


def _tests(inspection: Inspection, view: View) -> list[str]:
    layout = inspection.project.layout
    found = []
    for function in view.functions:
        if not function.name.startswith("test_") or (
            function.decorators and not inspection.plainly_decorated(function)
        ):
            continue
        owner = inspection.owner(view, function)
        if function.where == "module" or (
            owner is not None and owner.where == "module" and layout.collects_class(owner.name)
        ):
            found.append(function.qualname)
    return found


def _is_used(inspection: Inspection, view: View) -> bool:
    stem = view.path.rpartition("/")[2].removesuffix(".py")
    if stem in inspection.imported_names or stem in inspection.imported_modules:
        return True
    return view.has("infrastructure") and any(
        seen.kind in {"main-guard", "pytest.main"} for seen in view.sightings("infrastructure")
    )


RULE = Rule("GP503", "file-not-matched", Severity.WARNING, "tests in a file whose name no runner collects", find)
