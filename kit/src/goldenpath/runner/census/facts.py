"""What is known of one file without importing it: plain values, so that they can be kept between runs."""

from __future__ import annotations

from typing import Any, NamedTuple


class Function(NamedTuple):
    """A function at the top of a file or in a class."""

    name: str
    line: int
    times: int
    """How many parameter sets stand in its decorators; 1 where there are none."""
    exact: bool
    """Whether that could be counted."""
    marks: tuple[str, ...]
    hidden: str
    """What keeps it from being a test although its name says so: a decorator, or `__test__`."""
    replaced: int
    """The line where its name is given to something else; 0 where it is not."""
    wants: tuple[str, ...]
    """The fixtures it names: arguments and `usefixtures`, without what `parametrize` gives it."""


class Fixture(NamedTuple):
    """A fixture; one with several parameters makes several tests of each test that uses it."""

    name: str
    owner: str
    """The class it stands in, or nothing."""
    times: int
    exact: bool
    wants: tuple[str, ...]
    automatic: bool


class Class(NamedTuple):
    """A class at the top of a file or in another class."""

    name: str
    """With the classes around it: `TestA.TestB`."""
    line: int
    bases: tuple[str, ...]
    """Written out in full where the file's imports tell: `unittest.TestCase`."""
    functions: tuple[Function, ...]
    maker: str
    """`__init__`, `__new__`, or the decorator that writes one."""
    switch: int
    """`__test__`: 1 for True, -1 for False, 0 where it is not set."""
    marks: tuple[str, ...]
    times: int
    exact: bool
    replaced: int


class Module(NamedTuple):
    """A whole file."""

    problem: str
    """Why it does not parse, or nothing."""
    line: int
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    marks: tuple[str, ...]
    times: int
    exact: bool
    imported: tuple[tuple[str, str], ...]
    """Names of this file that are imported ones, and what they stand for."""
    nested: tuple[tuple[str, int], ...]
    """Tests inside of functions, with their lines."""
    switch: int
    skips: str
    """A statement at the top that can skip the whole file."""
    ignored: tuple[str, ...]
    """`collect_ignore` of a conftest."""
    fixtures: tuple[Fixture, ...]


EMPTY = Module("", 0, (), (), (), 1, True, (), (), 0, "", (), ())


def decoded(plain: list[Any]) -> Module:
    """Facts as they were, from the lists that JSON makes of them."""
    module = Module(*plain)
    return module._replace(
        functions=tuple(_function(row) for row in module.functions),
        classes=tuple(
            Class(*row)._replace(functions=tuple(_function(each) for each in row[3])) for row in module.classes
        ),
        fixtures=tuple(Fixture(*row)._replace(wants=tuple(row[4])) for row in module.fixtures),
    )


def _function(row: Any) -> Function:
    return Function(*row)
