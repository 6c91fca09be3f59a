"""The words by which people name test doubles, checks and test helpers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WORDS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")
DOUBLE_WORDS: Final = frozenset({"mock", "mocked", "mocks", "fake", "fakes", "stub", "stubs", "dummy", "spy"})
_CHECK_WORDS: Final = frozenset(
    [
        "assert",
        "asserts",
        "asserted",
        "asserting",
        "expect",
        "expects",
        "expected",
        "verify",
        "verifies",
        "verified",
        "check",
        "checks",
        "checked",
        "checker",
        "raises",
        "warns",
        "compare",
        "compares",
        "comparison",
        "fail",
        "fails",
        "match",
        "matches",
        "validate",
        "validates",
        "validated",
        "validator",
        "ensure",
        "ensures",
        "require",
        "requires",
        "should",
        "must",
        "equal",
        "equals",
        "same",
        "snapshot",
        "conform",
        "conforms",
        "conformance",
        "golden",
        "approve",
        "approvals",
        "diff",
        "prove",
        "confirm",
        "confirms",
        "lint",
        "exit",
        "abort",
        "eq",
        "ok",
        "that",
        "raise",
        "test",
        "tests",
        "proves",
    ]
)

_CHECK_NAMES: Final = {
    "deprecated_call", "does_not_raise", "nullcontext", "fnmatch_lines", "re_match_lines", "no_fnmatch_line",
    "no_re_match_line",
}  # fmt: skip
_SURVIVAL_WORDS: Final = {
    "crash", "crashes", "smoke", "import", "imports", "importable", "warning", "warnings", "error", "errors",
    "exception", "exceptions", "idempotent", "cleanly", "deadlock", "deadlocks", "hang", "hangs", "leak", "leaks",
    "accept", "accepts", "accepted",
}  # fmt: skip

MOCK_CLASSES: Final = frozenset(
    {"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "PropertyMock", "ThreadingMock"}
)

HELPER_METHOD: Final = re.compile(
    r"^(_|assert|expect|verify|check|set_|reset|clear|simulate|trigger|fake|mock|stub|spy|record|calls?$|call_|called|"
    r"last_|get_call|get_recorded|get_sent|get_event|get_message|sent|inject|with_|given|when|then|feed|push|queue|enqueue|"
    r"seed|prime|raise|fail|make|build|create|configure|enable|disable|advance|tick|emit|fire|add_response|add_|wait_for|history|"
    r"count|was_|has_|did_|num_|on_|patch|install|uninstall|restore|register|program|script|script_|respond)",
    re.IGNORECASE,
)
"""Methods that doubles offer to the tests themselves, and that the real class rightly lacks."""


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """The lower-case words of a camel-case or snake-case name."""
    return tuple(word.lower() for word in _WORDS.findall(name))


@lru_cache(maxsize=16384)
def role_of(class_name: str) -> str:
    """What a double stands for by its name (`MockUserStore` → `userstore`), or "" when it is no double."""
    parts = words(class_name)
    rest = [part for part in parts if part not in DOUBLE_WORDS]
    if len(rest) == len(parts) or not rest:
        return ""
    return "".join(rest)


@lru_cache(maxsize=65536)
def promises_check(name: str) -> bool:
    """Whether a function's own name says that it checks something; generous, since silence is the safe side."""
    return not _CHECK_WORDS.isdisjoint(words(name)) or "assert" in name or name in _CHECK_NAMES


_PLAIN_DECORATORS: Final = (
    "pytest.mark.", "unittest.skip", "unittest.expectedFailure", "unittest.mock.patch", "mock.patch",
    "hypothesis.given", "hypothesis.settings", "hypothesis.example", "freezegun.freeze_time", "time_machine.travel",
    "responses.activate",
)  # fmt: skip


def is_plain_decorator(name: str) -> bool:
    """Whether a decorator leaves a test a test: it neither registers, nor replaces, nor checks."""
    return name.startswith(_PLAIN_DECORATORS)


def promises_survival(name: str) -> bool:
    """Whether a test's own name says that not failing on the way is all it is about."""
    return not _SURVIVAL_WORDS.isdisjoint(words(name))
