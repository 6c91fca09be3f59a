"""Why something that looks like a test never runs: stable words, and what mends it."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "syntax_error": "{detail} (line {line}), so nothing in this file runs",
    "file_pattern": "{name} matches none of {detail}, so its {count} never run; rename it to {better}",
    "outside_testpaths": "the file is outside of testpaths ({detail}), so its {count} never run unless they are named",
    "ignored": "the project's own configuration ignores this file ({detail}), so its {count} never run",
    "basename_clash": "pytest would import this file as {name!r} like {detail}, and refuses the second one; "
    "add an __init__.py to both folders, rename one, or use --import-mode=importlib",
    "init_class": "{name} has {detail}, so pytest never makes one and its {count} never run; use a fixture instead",
    "class_pattern": "{name} is called none of {detail}, so its {count} never run; rename it to Test{name}",
    "function_pattern": "{name} matches none of {detail}, so it never runs",
    "switched_off": "__test__ is False for {name}, so its {count} never run",
    "shadowed": "{name} is given another meaning in line {detail}, so this one never runs",
    "hidden_by_decorator": "{name} is not a test to pytest: {detail}",
    "nested": "{name} is defined inside of a function and never read there, so it never runs",
}
"""One sentence each; the census fills in the names."""


def explain(reason: str, **details: object) -> str:
    """The sentence for one ghost."""
    return REASONS[reason].format(**details)


def tests(number: int) -> str:
    """A number of tests in words."""
    return "1 test" if number == 1 else f"{number} tests"
