"""What happens around the first and after the last test of a class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from goldenpath.environment import get_env
from goldenpath.testcase.lifecycle import raise_all, run_hooks
from goldenpath.testcase.settling import Steps, complete

if TYPE_CHECKING:
    from goldenpath.testcase.case import SSotBaseTestCase


@contextmanager
def around_class(cls: type[SSotBaseTestCase], skips: tuple[type[BaseException], ...]) -> Iterator[None]:
    """The hooks of unittest and of pytest, and the class clean-ups."""
    with get_env().preserved():
        complete(_set_up(cls, skips))
        yield
        complete(_tear_down(cls, skips))


def _set_up(cls: type[SSotBaseTestCase], skips: tuple[type[BaseException], ...]) -> Steps:
    failures: list[BaseException] = []
    if not (yield from run_hooks(cls, ("setUpClass", "setup_class"), failures, cls)):
        _clean_up(cls, failures)
        raise_all(failures, skips)


def _tear_down(cls: type[SSotBaseTestCase], skips: tuple[type[BaseException], ...]) -> Steps:
    failures: list[BaseException] = []
    for hook in ("teardown_class", "tearDownClass"):
        yield from run_hooks(cls, (hook,), failures, cls)
    _clean_up(cls, failures)
    raise_all(failures, skips)


def _clean_up(cls: type[SSotBaseTestCase], failures: list[BaseException]) -> None:
    cls.doClassCleanups()
    failures.extend(failure for _, failure, _ in getattr(cls, "tearDown_exceptions", ()))
