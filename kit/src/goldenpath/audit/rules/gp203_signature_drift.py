from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.drift import pairs
from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line
from goldenpath.audit.signatures import Signature, refusal


def find(inspection: Inspection) -> Iterator[Finding]:
    """Methods of a double that refuse every call the real method accepts, or need what it does not take."""
    for pair in pairs(inspection):
        for method, real in pair.shared():
            why = refusal(Signature.parse(real.signature), Signature.parse(method.signature))
            if why:
                origin = Related(pair.real_view.path, real.line, f"{pair.real.name}.{real.name}() is defined here")
                message = f"{method.name}() cannot be called like {pair.real.name}.{real.name}(): {why}"
                yield at_line(RULE, pair.view, method.line, 0, message, pair.double.qualname, method.name, [origin])


RULE = Rule(
    "GP203", "signature-drift", Severity.WARNING, "a double's method that cannot be called like the real one", find
)
