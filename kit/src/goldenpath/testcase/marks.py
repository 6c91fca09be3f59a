"""What marks of pytest mean where pytest is not the one who runs the test."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final

_ONLY_PYTEST: Final = {"parametrize", "usefixtures", "xfail", "simulation"}


def refuse_what_only_pytest_can_do(case: Any, name: str) -> None:
    """Fail, with the command that mends it, a test that takes fixtures or bears a mark that unittest cannot honour."""
    method = getattr(case, name)
    wanted = [
        parameter.name
        for parameter in inspect.signature(method, follow_wrapped=False).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    marks = sorted({mark.name for mark in _marks(case, method)} & _ONLY_PYTEST)
    if wanted or marks:
        needs = [f"takes {', '.join(wanted)}"] if wanted else []
        needs += [f"is marked {', '.join(marks)}"] if marks else []
        raise TypeError(f"{case.id()} {' and '.join(needs)}, which needs pytest: run it with `python -m pytest`")


def skip_reason(case: Any, name: str) -> str | None:
    """Why marks of pytest say that the test is to be skipped, or None."""
    for mark in _marks(case, getattr(case, name)):
        reason = mark.kwargs.get("reason") or f"marked {mark.name}"
        if mark.name == "skip":
            return str(mark.args[0] if mark.args else reason)
        if mark.name == "skipif" and any(_true(condition) for condition in mark.args):
            return str(reason)
    return None


def _true(condition: Any) -> bool:
    if isinstance(condition, str):
        raise TypeError(f"skipif({condition!r}): only pytest evaluates a string; run this test with `python -m pytest`")
    return bool(condition)


def _marks(case: Any, method: Any) -> Iterator[Any]:
    for holder in (method, *type(case).__mro__):
        marks = vars(holder).get("pytestmark", ()) if isinstance(holder, type) else getattr(holder, "pytestmark", ())
        yield from marks if isinstance(marks, list | tuple) else (marks,)
