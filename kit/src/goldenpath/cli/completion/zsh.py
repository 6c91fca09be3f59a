"""Completion for zsh, by its own `_arguments` and `_describe`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from goldenpath.cli.tree import Branch, Option

_HEAD: Final = """\
#compdef goldenpath
# Completion of goldenpath for zsh: put this file as _goldenpath into a folder of $fpath, or source it after compinit.
"""
_TAIL: Final = """\
if [[ ${funcstack[1]} == _goldenpath ]]; then
    _goldenpath "$@"
else
    compdef _goldenpath goldenpath
fi
"""


def zsh_script(root: Branch) -> str:
    """The whole script."""
    return "".join([_HEAD, *(line for branch in root.walk() for line in _function(branch)), _TAIL])


def _function(branch: Branch) -> Iterator[str]:
    """The function of one word of the command line."""
    yield f"{_name(branch)}() {{\n"
    if branch.children:
        yield "    local -a words_here\n    words_here=(\n"
        for child in branch.children:
            yield f"        {_quoted(f'{_colons(child.name)}:{_colons(child.help)}')}\n"
        yield "    )\n    if (( CURRENT == 2 )); then\n        _describe command words_here\n        return\n    fi\n"
        yield "    local next=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $next in\n"
        for child in branch.children:
            yield f"        {child.name}) {_name(child)} ;;\n"
        yield "    esac\n"
    else:
        yield "    _arguments -s -S"
        for option in branch.options:
            for spec in _specs(option):
                yield f" \\\n        {_quoted(spec)}"
        yield "\n"
    yield "}\n"


def _specs(option: Option) -> Iterator[str]:
    values = f"({' '.join(option.choices)})" if option.choices else "_files" if option.file else " "
    said = option.help.replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    if not option.flags:
        yield f"{'*' if option.many else ''}:{option.value.lower()}:{values}"
    for flag in option.flags:
        value = f":{option.value.lower()}:{values}" if option.value else ""
        yield f"{flag}[{said}]{value}"


def _name(branch: Branch) -> str:
    return "_" + "_".join(branch.path).replace("-", "_")


def _colons(text: str) -> str:
    return text.replace(":", "\\:")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
