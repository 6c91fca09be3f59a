from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from goldenpath.audit.facts import Class
from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_definition

Member = tuple[View, Class]


def clusters(inspection: Inspection) -> Iterator[tuple[str, list[Member]]]:
    """The doubles that play one role that is to be reported on: same name stem, same real class, same service."""
    by_role: dict[tuple[str, str, str], list[Member]] = defaultdict(list)
    asked = {role for view, _, role in inspection.doubles if inspection.project.reports(view.path)}
    for view, row, role in inspection.doubles:
        if role not in asked:
            continue
        real = inspection.real_of(view, row, role)
        stands_for = f"{real[0].path}:{real[1].qualname}" if real else ""
        by_role[(role, stands_for, view.place.service)].append((view, row))
    for (role, stands_for, _), members in by_role.items():
        groups = [members] if stands_for else _alike(members)
        for group in groups:
            distinct = {(view.path, row.qualname) for view, row in group}
            if len(distinct) > 1:
                yield stands_for.rpartition(":")[2] or role, group


def _alike(members: list[Member]) -> list[list[Member]]:
    """Doubles of nothing known play one role only if they share at least half of their public methods."""
    groups: list[list[Member]] = []
    for member in members:
        for group in groups:
            if _share(group[0][1], member[1]):
                group.append(member)
                break
        else:
            groups.append([member])
    return groups


def _share(first: Class, second: Class) -> bool:
    one, other = _surface(first), _surface(second)
    return (
        bool(one)
        and bool(other)
        and 2 * len(one & other) >= min(len(one), len(other))
        and 3 * len(one & other) >= len(one | other)
    )


def _surface(row: Class) -> set[str]:
    return {method.name for method in row.methods if not method.name.startswith("_") or method.name == "__call__"}


def find(inspection: Inspection) -> Iterator[Finding]:
    """Every member of a cluster but the first, with the others beside it."""
    for role, members in clusters(inspection):
        first_view, first = members[0]
        related = [Related(view.path, row.span[0], f"{row.name} plays the same role") for view, row in members]
        for number, (view, row) in enumerate(members[1:], 2):
            if (view.path, row.qualname) == (first_view.path, first.qualname) or not inspection.project.reports(
                view.path
            ):
                continue
            origin = f"{first.name} in {first_view.path}:{first.span[0]}"
            message = f"{row.name} is double {number} of {len(members)} for {role}; the first is {origin}"
            others = [each for each in related if (each.path, each.line) != (view.path, row.span[0])]
            yield at_definition(RULE, view, row, message, others[:20])


RULE = Rule(
    "GP101",
    "duplicate-mock-role",
    Severity.WARNING,
    "the same real thing is doubled by hand more than once",
    find,
    fixable=True,
)
