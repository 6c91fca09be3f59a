"""The command line as a manual page of section 1."""

from __future__ import annotations

from collections.abc import Iterator

from goldenpath import __version__
from goldenpath.cli.examples import EXAMPLES, FIRST_STEPS, Example
from goldenpath.cli.tree import Branch, Option


def manual(root: Branch) -> str:
    """The whole page."""
    return "".join(f"{line}\n" for line in _lines(root))


def _lines(root: Branch) -> Iterator[str]:
    yield f'.TH GOLDENPATH 1 "" "goldenpath {__version__}" "User Commands"'
    yield from (".SH NAME", "goldenpath \\- test infrastructure for real\\-time, multi\\-tenant AI\\-agent backends")
    yield from (".SH SYNOPSIS", ".B goldenpath", ".I COMMAND", "[\\fIOPTIONS\\fR]")
    yield from (".SH FIRST STEPS", *_examples(FIRST_STEPS))
    yield ".SH COMMANDS"
    for command in root.children:
        yield from _command(command)
    yield from (".SH OPTIONS", *(line for option in root.options for line in _option(option)))
    yield ".SH EXIT STATUS"
    yield _text("0: all that was asked for was done and held; 1: it did not hold; 2: the request was wrong.")
    yield _text("run has more: 3: less ran than was promised; 4: collection errors; 5: service failure; 6: time is up.")


def _command(command: Branch) -> Iterator[str]:
    for branch in command.walk():
        yield f".SS {_text(' '.join(branch.path))}"
        yield _text(f"{branch.help[:1].upper()}{branch.help[1:]}.")
        for option in branch.options:
            if "--help" not in option.flags:
                yield from _option(option)
    if command.name in EXAMPLES:
        yield from (".PP", "Examples:", *_examples(EXAMPLES[command.name]))


def _option(option: Option) -> Iterator[str]:
    value = "|".join(option.choices) or option.value
    shown = f" \\fI{_text(value)}\\fR" if value and option.flags else ""
    names = ", ".join(f"\\fB{_text(flag)}\\fR{shown}" for flag in option.flags) or f"\\fI{_text(value)}\\fR"
    yield from (".TP", names, _text(option.help) or "\\&")


def _examples(examples: tuple[Example, ...]) -> Iterator[str]:
    for example in examples:
        yield from (".TP", f"\\fBgoldenpath {_text(example.line)}\\fR", _text(example.purpose))


def _text(text: str) -> str:
    """Text in which nothing is taken for a request or an escape."""
    safe = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{safe}" if safe.startswith((".", "'")) else safe
