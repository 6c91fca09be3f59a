"""Completion for bash, without any helper of the bash-completion package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from goldenpath.cli.tree import Branch

_HEAD: Final = """\
# Completion of goldenpath for bash: source this file, or put it where bash-completion looks.
_goldenpath() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} at=goldenpath number words= files=
    for ((number = 1; number < COMP_CWORD; number++)); do
        case "$at ${COMP_WORDS[number]}" in
"""
_TAIL: Final = """\
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    if [[ -n $files && $current != -* ]]; then
        COMPREPLY+=($(compgen -f -- "$current"))
    fi
}
complete -o filenames -F _goldenpath goldenpath
"""


def bash_script(root: Branch) -> str:
    """The whole script."""
    return "".join(_lines(root))


def _lines(root: Branch) -> Iterator[str]:
    branches = list(root.walk())
    yield _HEAD
    for branch in branches[1:]:
        path = " ".join(branch.path)
        yield f'            "{path}") at="{path}" ;;\n'
    yield '        esac\n    done\n    case "$at $before" in\n'
    for branch in branches:
        yield from _values(branch)
    yield '    esac\n    case "$at" in\n'
    for branch in branches:
        words = " ".join([*(child.name for child in branch.children), *_chosen(branch), *branch.flags])
        files = " files=1" if branch.takes_files else ""
        yield f'        "{" ".join(branch.path)}") words="{words}"{files} ;;\n'
    yield _TAIL


def _values(branch: Branch) -> Iterator[str]:
    """What may stand behind an option that takes a value."""
    path = " ".join(branch.path)
    for option in branch.options:
        if not option.value or not option.flags:
            continue
        flags = "|".join(f'"{path} {flag}"' for flag in option.flags)
        made = f'compgen -W "{" ".join(option.choices)}"' if option.choices else "compgen -f" if option.file else ""
        reply = f'COMPREPLY=($({made} -- "$current")); ' if made else "COMPREPLY=(); "
        yield f"        {flags}) {reply}return ;;\n"


def _chosen(branch: Branch) -> list[str]:
    """The words that a positional argument may be."""
    return [choice for option in branch.options if not option.flags for choice in option.choices]
