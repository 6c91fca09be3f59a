from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting

_FACTORY = {"SSotMockFactory", "get_mock_factory", "double"}


def factory_is_the_rule(inspection: Inspection) -> bool:
    """Configured so, or the project's tests already import the factory."""
    setting = inspection.project.config.factory
    if setting != "auto":
        return setting == "required"
    return any(
        row.module.partition(".")[0] == "goldenpath" and not _FACTORY.isdisjoint(row.names)
        for view in inspection.project.everywhere("imports")
        if view.place.in_tests
        for row in view.imports
    )


def find(inspection: Inspection) -> Iterator[Finding]:
    """`Mock()` and its kin in tests of a project that has a factory."""
    views = list(inspection.project.test_views("mocks"))
    if not views or not factory_is_the_rule(inspection):
        return
    for view in views:
        for seen in view.sightings("mocks"):
            if seen.kind != "PropertyMock":
                yield at_sighting(RULE, view, seen, f"{seen.kind}() where this project's doubles come from the factory")


RULE = Rule(
    "GP103", "direct-mock", Severity.WARNING, "a mock built by hand where the factory is the rule", find, fixable=True
)
