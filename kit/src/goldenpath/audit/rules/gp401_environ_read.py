from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Single variables of the process environment read by tests that declare nothing."""
    for view in inspection.project.test_views("environ"):
        if view.path.endswith("__main__.py"):
            continue
        declared = {(seen.scope, seen.detail) for seen in view.sightings("environ") if seen.kind == "declared"}
        for seen in view.sightings("environ"):
            if seen.kind != "read" or (seen.scope, seen.detail) in declared or _is_marked(view, seen.scope):
                continue
            name = seen.detail or "a variable"
            message = f"reads {name} from os.environ, which no test declared; use get_env() or a fixture"
            yield at_sighting(RULE, view, seen, message)


def _is_marked(view: View, scope: str) -> bool:
    """Whether `pytest.mark.env` declares what the file, or something around the place, reads."""
    if any(seen.kind == "mark" and seen.detail == _MARK for seen in view.sightings("infrastructure")):
        return True
    while scope:
        row = view.function_named.get(scope) or view.class_named.get(scope)
        if row is not None and _MARK in row.decorators:
            return True
        scope = scope.rpartition(".")[0]
    return False


_MARK = "pytest.mark.env"
RULE = Rule(
    "GP401",
    "environ-read",
    Severity.INFO,
    "a test that reads the process environment behind everyone's back",
    find,
    fixable=True,
)
