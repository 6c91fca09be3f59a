"""Text with gaps, `{name}`, that each user fills with values of its own; and paths into answers, to get such values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

GAP: Final = re.compile(r"\{([A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)?)\}")
STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")

Value = Callable[[str], Any]


class TemplateError(Exception):
    """A gap nobody can fill, or a path that leads nowhere."""


def fill(template: Any, value: Value) -> Any:
    """The template with its gaps filled, however deep; a text that is one gap becomes the value itself."""
    if isinstance(template, str):
        whole = GAP.fullmatch(template)
        return value(whole[1]) if whole else GAP.sub(lambda gap: str(value(gap[1])), template)
    if isinstance(template, Mapping):
        return {name: fill(each, value) for name, each in template.items()}
    if isinstance(template, (list, tuple)):
        return [fill(each, value) for each in template]
    return template


def placeholders(template: Any) -> Iterator[str]:
    """The names of all gaps."""
    if isinstance(template, str):
        yield from GAP.findall(template)
    elif isinstance(template, Mapping):
        yield from (name for each in template.values() for name in placeholders(each))
    elif isinstance(template, (list, tuple)):
        yield from (name for each in template for name in placeholders(each))


def parse_path(path: str) -> list[str | int]:
    """The steps of a path such as `$.items[0].id`, or `items[0].id`."""
    rest, steps = path.removeprefix("$"), list[str | int]()
    while rest:
        step = STEP.match(rest)
        if step is None:
            break
        steps.append(step[1] if step[2] is None else int(step[2]))
        rest = rest[step.end() :]
    if rest or not steps:
        raise TemplateError(f"{path!r} is no path: write one like $.access_token or $.items[0].id")
    return steps


def dig(document: Any, path: str) -> Any:
    """What stands at a path."""
    for step in parse_path(path):
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            raise TemplateError(f"there is nothing at {path}") from None
    return document
