"""The command line as a tree of words: read from the parsers themselves, so that nothing is written down twice."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from goldenpath.cli.commands import COMMANDS
from goldenpath.cli.parsers import command_parser

_FILES: Final = frozenset({"FILE", "PATH", "PATHS", "DIR", "FOLDER"})


@dataclass(frozen=True)
class Option:
    """An option or a positional argument."""

    flags: tuple[str, ...]
    """Empty for a positional argument."""
    help: str
    value: str = ""
    """What stands for its value; empty when it takes none."""
    choices: tuple[str, ...] = ()
    file: bool = False
    many: bool = False


@dataclass(frozen=True)
class Branch:
    """A word of the command line, and what may follow it."""

    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...] = ()
    children: tuple[Branch, ...] = ()
    epilog: str = ""

    @property
    def name(self) -> str:
        """The word."""
        return self.path[-1]

    @property
    def flags(self) -> list[str]:
        """Every option, in all its spellings."""
        return [flag for option in self.options for flag in option.flags]

    @property
    def takes_files(self) -> bool:
        """Whether a positional argument is a file."""
        return any(option.file and not option.flags for option in self.options)

    def walk(self) -> Iterator[Branch]:
        """This branch and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class _Reading:
    """What a parser says, taken apart."""

    options: list[Option] = field(default_factory=list)
    children: list[Branch] = field(default_factory=list)


def tree() -> Branch:
    """All commands."""
    commands = tuple(
        _branch(command_parser(name), ("goldenpath", name), command.summary) for name, command in COMMANDS.items()
    )
    general = (Option(("-h", "--help"), "show what there is"), Option(("-V", "--version"), "show the version"))
    return Branch(("goldenpath",), "", general, commands)


def _branch(parser: argparse.ArgumentParser, path: tuple[str, ...], summary: str) -> Branch:
    reading = _Reading()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            reading.children += [
                _branch(child, (*path, name), helps.get(name, "")) for name, child in action.choices.items()
            ]
        elif action.help != argparse.SUPPRESS:
            reading.options.append(_option(parser, action))
    return Branch(path, summary, tuple(reading.options), tuple(reading.children), parser.epilog or "")


def _option(parser: argparse.ArgumentParser, action: argparse.Action) -> Option:
    value = ""
    if action.nargs != 0:
        metavar = action.metavar if isinstance(action.metavar, str) else None
        value = metavar or action.dest.upper()
    choices = tuple(str(choice) for choice in action.choices or ())
    return Option(
        tuple(action.option_strings),
        _said(parser, action),
        value,
        choices,
        file=not choices and (action.type is Path or value in _FILES),
        many=action.nargs in {"*", "+"},
    )


def _said(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """The help, with what argparse would fill in."""
    return (action.help or "") % {**vars(action), "prog": parser.prog}
