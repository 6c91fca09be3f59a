from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_definition, at_sighting
from goldenpath.audit.vocabulary import role_of

_REAL_TIERS = {"integration", "e2e"}


def find(inspection: Inspection) -> Iterator[Finding]:
    """Doubles of any kind in the tests that exist to prove that the real parts fit."""
    for view in inspection.project.test_views("mocks", "patches", "classes"):
        tier = view.place.tier
        if tier not in _REAL_TIERS:
            marks = (
                {seen.detail for seen in view.sightings("infrastructure") if seen.kind == "mark"}
                if view.has("infrastructure")
                else set()
            )
            tier = next((each for each in sorted(_REAL_TIERS) if f"pytest.mark.{each}" in marks), "")
        if not tier:
            continue
        for seen in view.sightings("mocks"):
            yield at_sighting(
                RULE, view, seen, f"{seen.kind}() in {_an(tier)} test: the part it replaces is not tested"
            )
        for seen in view.sightings("patches"):
            if seen.kind.startswith("patch"):
                yield at_sighting(
                    RULE,
                    view,
                    seen,
                    f"{seen.kind}({seen.detail or '...'}) in {_an(tier)} test: the part it replaces is not tested",
                )
        for row in view.classes if any(role_of(each.name) for each in view.outline.classes) else ():
            if role_of(row.name) and not inspection.project.layout.collects_class(row.name):
                yield at_definition(
                    RULE, view, row, f"{row.name} in {_an(tier)} test: the part it replaces is not tested"
                )


def _an(tier: str) -> str:
    return f"{'an' if tier[0] in 'aeiou' else 'a'} {tier}"


RULE = Rule("GP105", "mock-in-integration", Severity.WARNING, "a double in an integration or end-to-end test", find)
