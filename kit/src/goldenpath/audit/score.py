"""A number from 0 to 100 that can be recomputed by hand from what is printed with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import AREAS

SEVERITY_WEIGHT: Final = {Severity.ERROR: 1.0, Severity.WARNING: 0.5, Severity.INFO: 0.1}
AREA_WEIGHT: Final = {
    "ghosts": 25,
    "hollow": 25,
    "drift": 15,
    "sprawl": 15,
    "syntax": 5,
    "imports": 5,
    "environment": 5,
    "infrastructure": 5,
}
COUNTED: Final = {
    "ghosts": "tests",
    "hollow": "tests",
    "drift": "doubles and patches",
    "sprawl": "doubles and mocks",
    "syntax": "files",
    "imports": "imports",
    "environment": "test files",
    "infrastructure": "test files",
}
FORMULA: Final = (
    "area = 100 x (1 - (errors + warnings/2 + infos/10) / counted), not below 0; "
    "score = mean of the areas by weight, areas with nothing to count left out"
)


@dataclass(frozen=True)
class AreaScore:
    """One area of the score, with everything that went into it."""

    area: str
    counted: int
    unit: str
    errors: int
    warnings: int
    infos: int
    weight: int

    @property
    def value(self) -> float:
        """0 to 100, rounded down so that only a clean area shows 100."""
        burden = (
            self.errors * SEVERITY_WEIGHT[Severity.ERROR]
            + self.warnings * SEVERITY_WEIGHT[Severity.WARNING]
            + self.infos * SEVERITY_WEIGHT[Severity.INFO]
        )
        if not burden:
            return 100.0
        return _down(100 * (1 - min(1.0, burden / max(self.counted, 1))))


@dataclass(frozen=True)
class Score:
    """The score of everything that was looked at."""

    areas: tuple[AreaScore, ...]
    services: Mapping[str, float]

    @property
    def value(self) -> float:
        """0 to 100, rounded down."""
        total = sum(area.weight for area in self.areas)
        if not total:
            return 100.0
        return _down(sum(area.value * area.weight for area in self.areas) / total)


def score(inspection: Inspection, findings: Iterable[Finding]) -> Score:
    """The score of a project's reported files, whole and by service; accepted findings count, suppressed do not."""
    findings = list(findings)
    places = {view.path: view.place.service for view in inspection.project.views()}
    services = sorted({service for service in places.values() if service})
    populations = _populations(inspection)
    return Score(
        _areas(inspection, findings, sum(populations.values(), Counter())),
        {
            service: Score(
                _areas(
                    inspection, [each for each in findings if places.get(each.path) == service], populations[service]
                ),
                {},
            ).value
            for service in services
        },
    )


def _areas(inspection: Inspection, findings: list[Finding], population: Counter[str]) -> tuple[AreaScore, ...]:
    weights = {**AREA_WEIGHT, **inspection.project.config.weights}
    found = Counter((AREAS[finding.rule[2]], finding.severity) for finding in findings)
    rows = []
    for area, unit in COUNTED.items():
        errors, warnings, infos = (
            found[(area, severity)] for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
        )
        if population[unit] or errors or warnings or infos:
            rows.append(AreaScore(area, population[unit], unit, errors, warnings, infos, weights[area]))
    return tuple(rows)


def _populations(inspection: Inspection) -> dict[str, Counter[str]]:
    """What there is to judge, by service."""
    found: dict[str, Counter[str]] = {}
    project = inspection.project
    doubles = Counter(view.path for view, _, _ in inspection.doubles)
    for view in project.views():
        counts = found.setdefault(view.place.service, Counter())
        counts["files"] += 1
        counts["imports"] += sum(len(row.names) or 1 for row in view.imports)
        if not view.place.in_tests:
            continue
        counts["test files"] += 1
        counts["doubles and mocks"] += doubles[view.path] + (len(view.sightings("mocks")) if view.has("mocks") else 0)
        counts["doubles and patches"] += doubles[view.path] + (
            len(view.sightings("patches")) if view.has("patches") else 0
        )
        counts["tests"] += view.outline.tests
    return found


def _down(value: float) -> float:
    return math.floor(value * 10 + 1e-9) / 10
