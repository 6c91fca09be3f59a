"""The reference of the toolkit's public names, read from the code: one page per organ."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Final

import goldenpath

ORGANS: Final = {
    "environment": "Environment",
    "contracts": "Event contracts",
    "doubles": "Doubles",
    "simulation": "Simulation",
    "websocket": "Simulated WebSocket manager",
    "services": "Services",
    "databases": "Databases",
    "live": "Live sockets",
    "tenancy": "Tenancy",
    "testcase": "Test cases",
    "runner": "Runner",
    "audit": "Audit",
}
"""The rooms whose names `goldenpath` re-exports, by their titles."""

WIDTH: Final = 78
LONGEST: Final = 40
"""Letters of a default value that a reader still takes in."""


def pages() -> dict[str, str]:
    """Every page by its path, each with the names of one organ."""
    rooms: dict[str, list[str]] = {}
    for name, home in goldenpath._HOME.items():
        rooms.setdefault(home.split(".")[1], []).append(name)
    if unknown := rooms.keys() - ORGANS.keys():
        raise LookupError(f"{sorted(unknown)} have public names and no title in docs/_site/names.py")
    return {f"reference/{room}.md": page(room, rooms[room]) for room in ORGANS if room in rooms}


def page(room: str, names: list[str]) -> str:
    """The reference of one organ."""
    intro = sentence(import_module(f"goldenpath.{room}"))
    described = [part for name in sorted(names, key=str.casefold) for part in described_name(name)]
    return "\n".join([f"# {ORGANS[room]}: reference", "", intro, "", *described])


def described_name(name: str) -> Iterator[str]:
    """One public name: what it is, how it is called, what its methods do."""
    thing = getattr(goldenpath, name)
    yield from (f"## {name}", "")
    if inspect.isclass(thing):
        yield from code(f"class {name}{bases(thing)}", wrapped(signature_of(thing, name)))
        yield from (inspect.cleandoc(thing.__doc__ or ""), "")
        yield from members(thing)
    elif callable(thing):
        yield from code(wrapped(signature_of(thing, name)))
        yield from (inspect.cleandoc(thing.__doc__ or ""), "")
    else:
        kind = type(thing).__name__
        yield from code(f"{name}: {kind}")
        yield from (f"A ready-made `{kind}`: `{thing!r}`.", "")


def members(owner: type) -> Iterator[str]:
    """The public methods and properties that a class itself, or a base from the toolkit, defines."""
    rows = []
    for name, member in sorted(inspect.getmembers_static(owner)):
        origin = next((base for base in owner.__mro__ if name in vars(base)), object)
        if name.startswith("_") or not origin.__module__.startswith("goldenpath"):
            continue
        if isinstance(member, property) or hasattr(member, "func"):
            rows.append((f"`{name}`", sentence(member)))
        elif callable(found := getattr(owner, name, None)) and not inspect.isclass(found):
            rows.append((f"`{signature_of(found, name, bound=True)}`".replace("|", "\\|"), sentence(found)))
    if rows:
        yield from ("| member | what it does |", "|---|---|")
        yield from (f"| {call} | {words} |" for call, words in rows)
        yield ""


def signature_of(thing: object, name: str, *, bound: bool = False) -> str:
    """How a thing is called, in one line; `...` stands for a default that has no words."""
    prefix = "async " if inspect.iscoroutinefunction(thing) else ""
    try:
        signature = inspect.signature(thing)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return f"{prefix}{name}(...)"
    parameters = [each for each in signature.parameters.values() if not (bound and each.name in {"self", "cls"})]
    told = signature.replace(
        parameters=[plain(each) for each in parameters], return_annotation=worded(signature.return_annotation)
    )
    return f"{prefix}{name}{told}"


def wrapped(signature: str) -> str:
    """A signature that is too long for a line, with a line for each parameter."""
    opening, closing = signature.index("("), signature.rindex(")")
    if len(signature) <= WIDTH or closing - opening == 1:
        return signature
    depth, parts = 0, [""]
    for letter in signature[opening + 1 : closing]:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    lines = "".join(f"    {part.strip()},\n" for part in parts)
    return f"{signature[: opening + 1]}\n{lines}{signature[closing:]}"


def plain(parameter: inspect.Parameter) -> inspect.Parameter:
    """A parameter as it stands in the code: annotations without quotes, defaults by their names, long ones left out."""
    default = parameter.default
    if default is not parameter.empty:
        words = getattr(default, "__name__", None) or repr(default)
        default = Word("..." if len(words) > LONGEST or "<" in words else words)
    return parameter.replace(annotation=worded(parameter.annotation), default=default)


def worded(annotation: object) -> object:
    """An annotation that is shown as it was written."""
    return Word(annotation) if isinstance(annotation, str) else annotation


class Word:
    """Something whose repr is a word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __repr__(self) -> str:
        return self.word


def bases(owner: type) -> str:
    """What a class derives from, where that says something."""
    names = [base.__name__ for base in owner.__bases__ if base is not object]
    return f"({', '.join(names)})" if names else ""


def code(*lines: str) -> Iterator[str]:
    """A block of code that no test runs: it declares, it does not do."""
    yield from ("```py", *lines, "```", "")


def sentence(thing: object) -> str:
    """The first paragraph of a docstring, in one line, fit for a table."""
    first = inspect.cleandoc(getattr(thing, "__doc__", None) or "").split("\n\n")[0]
    return " ".join(first.split()).replace("|", "\\|")
