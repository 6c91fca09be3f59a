"""The plan of a run in words, before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from goldenpath.runner.history import TestHistory
from goldenpath.runner.opened import open_run
from goldenpath.runner.request import Request
from goldenpath.runner.settings import Settings, UsageError
from goldenpath.runner.stage import NotCollected, Staged, stage


def planned(request: Request, settings: Settings, history: TestHistory) -> str:
    """Collect, and say what would run, in which order and why, and what would not."""
    notices: list[str] = []
    with open_run(request) as opened:
        try:
            staged = stage(opened, request, settings, history, notices.append)
        except NotCollected as error:
            raise UsageError(f"nothing can be planned: {error}") from None
        opened.host.finish()
    return "\n".join([*_lines(staged), *notices, ""])


def _lines(staged: Staged) -> Iterator[str]:
    plan = staged.plan
    about = f", about {plan.predicted:.0f} s" if plan.predicted is not None else ""
    yield f"{plan.tests} tests, {plan.workers} worker{'s' if plan.workers > 1 else ''}{about}"
    for layer in plan.layers:
        budget = f"{layer.budget / 60:g} min" if layer.budget else "no budget"
        yield f"{layer.name} ({budget}, {layer.threshold:.0%} must pass, fail fast: {layer.fail_fast})"
        for category in (each for each in plan.categories if each.layer == layer.name):
            told = [f"{category.tests} tests" if not category.command else f"runs {' '.join(category.command)}"]
            told += [f"after {', '.join(category.needs)}"] if category.needs else []
            told += [f"services {', '.join(category.services)}"] if category.services else []
            told += [category.why]
            yield f"  {category.name:<18}{'; '.join(told)}"
    for (reason, detail), number in Counter(
        (each.reason.value, each.detail) for each in [*staged.selection.not_run, *staged.missing]
    ).most_common(20):
        yield f"not run: {number} {reason}: {detail}"
    for error in staged.collected.errors:
        yield f"not collected: {error.path}: {error.message}"
