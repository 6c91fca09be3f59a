"""The source of one function for each type of event, in which all that happens at such an event is written out.

A checker spends its life here, and a call costs about as much as three fields. So form, order and clauses of a type
become one function, generated from the contract as `dataclasses` generates `__init__`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from goldenpath.contracts.clause import Act, Case, Event, Run
from goldenpath.contracts.shape import Source
from goldenpath.contracts.shapes import Record


class Step(NamedTuple):
    """What happens at one type of event.

    `step` answers whether the event was sound and in its place, in which case all is done. When it was not, it is
    judged, and then `take` does what would have been done.
    """

    step: Callable[[Case, Event], bool]
    take: Callable[[Case, Run, Event], None]


class Kind(NamedTuple):
    """What there is to know of a type of event."""

    type: str
    shape: Record
    follows: Mapping[str | None, int]
    acts: tuple[tuple[int, Act], ...]
    repeats: bool
    run: str
    ends_chunks: bool
    terminal: bool


def stepping(kind: Kind, type_key: str) -> Step:
    """The functions for a type of event."""
    source = Source()
    form = kind.shape.fields("event", source, given=frozenset({type_key})) or "True"
    follows, type_ = source.bind(dict(kind.follows)), source.bind(kind.type)
    taking = taken(kind, source, type_)
    lines = [
        "def step(case, event):",
        "    try:",
        f"        if not ({form}):",
        "            return False",
        f"        run = {kind.run}",
        f"        if {f'run.last is not {type_}' if kind.repeats else 'True'}:",
        f"            run.marks |= {follows}[run.last]",
        "    except (KeyError, TypeError):",
        "        return False",
        *taking,
        "    return True",
        "def take(case, run, event):",
        *taking,
    ]
    namespace: dict[str, Any] = dict(source.bound)
    exec("\n".join(lines), namespace)
    return Step(namespace["step"], namespace["take"])


def taken(kind: Kind, source: Source, type_: str) -> list[str]:
    """What is done with an event when it has been looked at."""
    lines = []
    if kind.ends_chunks:
        lines += ["if run.chunks is not None:", "    run.chunks.end(case, run)"]
    for slot, act in kind.acts:
        call = [f"case.run = run; case.type = {type_}", f"{source.bind(act.do)}(case, run, event)"]
        if act.unless:
            lines += [f"memory = run.memories[{slot}]", "try:", f"    spared = {act.unless}"]
            lines += ["except (KeyError, TypeError):", "    spared = False", "if not spared:"]
        lines += [f"    {line}" for line in call] if act.unless else call
    lines += [f"if run.last is not {type_}:", "    run.previous = run.last", f"    run.last = {type_}"]
    if kind.terminal:
        lines += ["if not run.ended:", f"    case.run = run; case.type = {type_}", "    case.end(run)"]
    return [f"    {line}" for line in lines]
