from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting

_BOUND = {"spec", "spec_set", "wraps", "positional", "**"}


def find(inspection: Inspection) -> Iterator[Finding]:
    """Mocks that stand for an object, since attributes of theirs are used, and that know no real class."""
    for view in inspection.project.test_views("mocks"):
        for seen in view.sightings("mocks"):
            if (
                seen.extra == "object"
                and seen.kind not in {"PropertyMock", "create_autospec"}
                and _BOUND.isdisjoint(seen.detail.split(","))
            ):
                yield at_sighting(
                    RULE,
                    view,
                    seen,
                    f"{seen.kind}() accepts any attribute, even one the real class has lost; give it a spec",
                )


RULE = Rule(
    "GP104", "mock-without-spec", Severity.INFO, "a mock that stands for an object but knows no real class", find
)
