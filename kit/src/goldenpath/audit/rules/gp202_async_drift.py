from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.drift import pairs
from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Methods that are async in the double and not in the real class, or the other way round."""
    for pair in pairs(inspection):
        for method, real in pair.shared():
            if (
                method.is_async == real.is_async
                or not (real.is_async or real.plain)
                or not (method.is_async or method.plain)
            ):
                continue
            are, is_not = ("async", "sync") if real.is_async else ("sync", "async")
            message = f"{pair.real.name}.{method.name}() is {are} and this one is {is_not}"
            origin = Related(pair.real_view.path, real.line, f"{pair.real.name}.{real.name}() is defined here")
            yield at_line(RULE, pair.view, method.line, 0, message, pair.double.qualname, method.name, [origin])


RULE = Rule(
    "GP202", "async-drift", Severity.ERROR, "a double's method that is async where the real one is not, or not", find
)
