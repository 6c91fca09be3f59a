"""The reference of both command lines, read from their argument parsers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module

from agent_backend.cli.main import COMMANDS as BACKEND
from goldenpath.cli.commands import COMMANDS
from goldenpath.cli.parsers import command_parser

WIDTH = 78
INTRO = "Every command explains itself with `--help`; this page is made of the same declarations."


def pages() -> dict[str, str]:
    """A page for each of the two command lines."""
    kit = {name: (command.summary, command_parser(name)) for name, command in COMMANDS.items()}
    backend = {name: (summary, backend_parser(name, summary)) for name, summary in BACKEND.items()}
    return {
        "reference/commands.md": page("Commands", "goldenpath", kit),
        "reference/backend-commands.md": page("Commands of the backend", "agent-backend", backend),
    }


def backend_parser(name: str, summary: str) -> argparse.ArgumentParser:
    """The parser of one of the backend's commands."""
    parser = argparse.ArgumentParser(prog=f"agent-backend {name}", description=summary, allow_abbrev=False)
    import_module(f"agent_backend.cli.{name}").configure(parser)
    return parser


def page(title: str, program: str, commands: dict[str, tuple[str, argparse.ArgumentParser]]) -> str:
    """The commands of a program: a table of all, then one after the other."""
    rows = [f"| [`{program} {name}`](#{name}) | {summary} |" for name, (summary, _) in commands.items()]
    overview = ["| command | what it does |", "|---|---|", *rows, ""]
    told = [line for name, command in commands.items() for line in described_command(name, *command)]
    return "\n".join([f"# {title}", "", INTRO, "", *overview, *told])


def described_command(name: str, summary: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    """One command with its actions, if it has any."""
    parser.formatter_class = Wide
    yield from (f"## {name}", "", f"{summary[0].upper()}{summary[1:]}.", "")
    yield from described(parser)
    for action, inner in actions(parser):
        inner.formatter_class = Wide
        yield from (f"### {name} {action}", "", inner.description or "", "")
        yield from described(inner)


class Wide(argparse.HelpFormatter):
    """Help in lines of one width, whatever terminal the page is made in."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=WIDTH)


def described(parser: argparse.ArgumentParser) -> Iterator[str]:
    """How a parser is called, and what each of its options means."""
    yield from ("```text", parser.format_usage().strip(), "```", "")
    rows = [row for action in parser._actions for row in option(action)]
    if rows:
        yield from ("| option | meaning |", "|---|---|", *rows, "")


def option(action: argparse.Action) -> Iterator[str]:
    """One option as a row of the table."""
    if action.help is argparse.SUPPRESS or isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
        return
    value = ""
    if action.nargs != 0:
        value = str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    names = ", ".join(f"{name} {value}".strip() for name in action.option_strings) or value
    meaning = (action.help or "") % {**vars(action), "prog": ""}
    yield "| `{}` | {} |".format(*(cell.replace("|", "\\|") for cell in (names, meaning)))


def actions(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The parsers of the second word."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                inner = action.choices[choice.dest]
                inner.description = inner.description or choice.help
                yield choice.dest, inner
