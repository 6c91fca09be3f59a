from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.imports import BrokenImport
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Test files whose imports end, at whatever distance, in a name of this project that does not exist."""
    for view in inspection.project.views("functions"):
        if view.place.kind != "test":
            continue
        chain = inspection.imports.broken_chain(view)
        tests = len(inspection.tests(view)) if chain else 0
        if tests:
            yield at_line(
                RULE,
                view,
                chain[0][1].row.span[0],
                chain[0][1].row.span[1],
                _message(tests, chain),
                "",
                chain[-1][1].name,
                related=_path(chain[1:]),
            )


def _message(tests: int, chain: list[tuple[View, BrokenImport]]) -> str:
    view, broken = chain[-1]
    way = " through " + " -> ".join(place.path for place, _ in chain[1:]) if len(chain) > 1 else ""
    place = f"{view.path}:{broken.row.span[0]}"
    return f"its {tests} test(s) cannot run: {broken.name}, imported{way} in {place}, does not exist"


def _path(chain: list[tuple[View, BrokenImport]]) -> list[Related]:
    return [Related(view.path, broken.row.span[0], "imported here") for view, broken in chain]


RULE = Rule("GP508", "import-dead", Severity.ERROR, "tests that cannot run because an import leads nowhere", find)
