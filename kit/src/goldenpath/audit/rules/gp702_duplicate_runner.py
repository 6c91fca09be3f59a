from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch

from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_line

_BUILD_FILES = ("setup.py", "noxfile.py", "tasks.py", "conftest.py", "fabfile.py", "dodo.py", "manage.py")


def find(inspection: Inspection) -> Iterator[Finding]:
    """Scripts that start pytest, beside the canonical one or beside the first one."""
    canonical = inspection.project.config.canonical.get("runner", "")
    runners = [view for view in inspection.project.everywhere("infrastructure") if _is_runner(view)]
    first = next((view for view in runners if canonical and fnmatch(view.path, canonical)), None)
    if first is None and not canonical and len(runners) > 1:
        first = runners[0]
    if first is None and not canonical:
        return
    for view in runners:
        if view is not first and inspection.project.reports(view.path):
            beside = first.path if first else canonical
            yield at_line(
                RULE,
                view,
                1,
                0,
                f"starts pytest by itself, beside {beside}",
                related=[Related(beside, 1, "the other runner")],
            )


def _is_runner(view: View) -> bool:
    name = view.path.rpartition("/")[2]
    if name in _BUILD_FILES or view.place.kind == "test":
        return False
    kinds = {seen.kind: seen for seen in view.sightings("infrastructure")}
    return "main-guard" in kinds and ("pytest-process" in kinds or "pytest.main" in kinds)


RULE = Rule("GP702", "duplicate-runner", Severity.WARNING, "more than one script that runs the tests", find)
