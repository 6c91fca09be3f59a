"""What happens around the body of a test, in which order, and what becomes of several failures at once."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable
from inspect import CO_VARARGS, iscoroutinefunction, ismethod
from typing import Any, Final
from unittest import SkipTest

from goldenpath.testcase.settling import Steps, attempt, settled

__unittest = True
"""Has unittest leave the frames of this module out of tracebacks."""

Cleanup = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

BEFORE: Final = ("setUp", "asyncSetUp")
AFTER: Final = ("asyncTearDown", "tearDown")


def around(
    case: Any, body: Callable[[], Any], cleanups: list[Cleanup], skips: tuple[type[BaseException], ...]
) -> Steps:
    """The hooks that are a case's own, the body, and the clean-ups; gives what the body gave, or raises what failed.

    Under pytest, `setup_method` comes before the fixtures of the class, and `teardown_method` after them, unless they
    are coroutine functions: these are awaited here, where the loop of the test runs.
    """
    __tracebackhide__ = True
    failures: list[BaseException] = []
    method = getattr(case, "_testMethodName", None) and getattr(case, case._testMethodName, None)
    value = None
    if (yield from run_hooks(case, (*awaited_hooks(case, "setup_method"), *BEFORE), failures, method)):
        try:
            value = yield from settled(body())
        except GeneratorExit:
            raise
        except BaseException as failure:
            failures.append(failure)
        for hook in (*AFTER, *awaited_hooks(case, "teardown_method")):
            yield from run_hooks(case, (hook,), failures, method)
    yield from clean_up(cleanups, failures)
    raise_all(failures, skips)
    return value


def run_hooks(holder: Any, hooks: tuple[str, ...], failures: list[BaseException], subject: Any = None) -> Steps:
    """Run the hooks that there are, in order, until one fails; says whether all went well."""
    __tracebackhide__ = True
    for call in filter(None, (getattr(holder, hook, None) for hook in hooks)):
        if not (yield from attempt(call, failures, *_arguments(call, subject))):
            return False
    return True


def _arguments(hook: Callable[..., Any], subject: Any) -> tuple[Any, ...]:
    """What pytest's hooks are about, for those that want to be told; unittest's never do."""
    if not hook.__name__.endswith(("_method", "_class")):
        return ()
    code = getattr(hook, "__func__", hook).__code__
    wanted = code.co_argcount - ismethod(hook)
    return (subject,) if wanted > 0 or code.co_flags & CO_VARARGS else ()


def clean_up(cleanups: list[Cleanup], failures: list[BaseException]) -> Steps:
    """Run clean-ups, the last one first, those that they add included; one that fails does not stop the others."""
    __tracebackhide__ = True
    while cleanups:
        function, args, kwargs = cleanups.pop()
        yield from attempt(function, failures, *args, **kwargs)


def awaited_hooks(holder: Any, name: str) -> tuple[str, ...]:
    """The hook, if it is a coroutine function."""
    return (name,) if iscoroutinefunction(getattr(holder, name, None)) else ()


def called_hooks(holder: Any, name: str) -> tuple[str, ...]:
    """The hook, if it is no coroutine function."""
    return () if awaited_hooks(holder, name) else (name,)


def raise_all(failures: list[BaseException], skips: tuple[type[BaseException], ...] = (SkipTest,)) -> None:
    """Raise what was noted: an interruption before all else, a skip only if nothing failed, several as a group."""
    __tracebackhide__ = True
    if not failures:
        return
    for failure in failures:
        if isinstance(failure, KeyboardInterrupt | SystemExit | CancelledError):
            raise failure
    failed = [failure for failure in failures if not isinstance(failure, skips)]
    if len(failed) > 1:
        raise BaseExceptionGroup(f"{len(failed)} failures: the test or its hooks, and what came after", failed)
    raise (failed or failures)[0]
