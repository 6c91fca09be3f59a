"""A file in a few words, made from its classes and functions."""

from __future__ import annotations

from goldenpath.audit.facts import Class, Function, Outline, Outlined

_CONSTRUCTORS = {"__init__", "__new__"}


def outline(classes: list[Class], functions: list[Function]) -> Outline:
    """The outline of a file."""
    tests = [row for row in functions if row.where != "function" and row.name.startswith("test")]
    return Outline(
        tests=len(tests),
        suspicious=any(row.empty or row.yields or not row.asserts for row in tests),
        classes=[Outlined(row.name, row.bases, _traits(row)) for row in classes],
        bodies=[row.body for row in tests if row.body],
    )


def _traits(row: Class) -> str:
    traits = "m" if row.methods else ""
    if row.where == "module":
        traits += "o"
    for method in row.methods:
        if method.name in _CONSTRUCTORS:
            traits += "i"
        elif method.name.startswith("test"):
            traits += "ta" if method.is_async else "t"
    return traits
