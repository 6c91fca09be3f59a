"""Completion for fish."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from goldenpath.cli.tree import Branch, Option

_HEAD: Final = """\
# Completion of goldenpath for fish: put this file into ~/.config/fish/completions.
complete -c goldenpath -f
"""


def fish_script(root: Branch) -> str:
    """The whole script."""
    return "".join([_HEAD, *(line for branch in root.walk() for line in _lines(branch))])


def _lines(branch: Branch) -> Iterator[str]:
    here = _condition(branch)
    for child in branch.children:
        yield f"complete -c goldenpath -n {here} -a {child.name} -d {_quoted(child.help)}\n"
    for option in branch.options:
        if option.flags:
            yield f"complete -c goldenpath -n {here}{_flags(option)}{_value(option)} -d {_quoted(option.help)}\n"
        elif option.choices:
            yield f"complete -c goldenpath -n {here} -a {_quoted(' '.join(option.choices))} -d {_quoted(option.help)}\n"
        elif option.file:
            yield f"complete -c goldenpath -n {here} -F\n"


def _condition(branch: Branch) -> str:
    """True on a command line on which these words were typed, and none of those that may come next."""
    typed = [f"__fish_seen_subcommand_from {word}" for word in branch.path[1:]]
    names = " ".join(child.name for child in branch.children)
    if names:
        typed.append(f"not __fish_seen_subcommand_from {names}")
    return _quoted("; and ".join(typed) or "true")


def _flags(option: Option) -> str:
    return "".join(f" -l {flag[2:]}" if flag.startswith("--") else f" -s {flag[1:]}" for flag in option.flags)


def _value(option: Option) -> str:
    if not option.value:
        return ""
    if option.choices:
        return f" -x -a {_quoted(' '.join(option.choices))}"
    return " -r -F" if option.file else " -x"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
