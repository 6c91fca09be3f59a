"""The event contracts that come with the toolkit, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from goldenpath import AG_UI, GOLDEN_PATH, EventContract

INTRO = """\
What `GOLDEN_PATH` and `AG_UI` ask of a stream, read from the contracts themselves. [Event contracts](../contracts.md)
says how to use them, and how to write one of your own. A `?` marks a field that may be absent.
"""


def pages() -> dict[str, str]:
    """The page with every preset."""
    described = [line for contract in (GOLDEN_PATH, AG_UI) for line in described_contract(contract)]
    return {"reference/event-contracts.md": "\n".join(["# Event contracts as tables", "", INTRO, *described])}


def described_contract(contract: EventContract) -> Iterator[str]:
    """One contract: its ends, its events, its clauses."""
    yield from (f"## {contract.name}", "")
    yield from ("| | |", "|---|---|")
    yield f"| a run begins with | {names(contract.first)} |"
    yield f"| it ends well with | {names(contract.last)} |"
    yield f"| it ends otherwise with | {names(contract.terminal - contract.last)} |"
    yield f"| to end well it needs | {names(contract.required)} |"
    yield f"| belonging to no run | {names(contract.outside)} |"
    yield f"| runs are told apart by | `{contract.run_key}` |"
    lines = {kind: list(record(form)) for kind, form in contract.events.items()}
    alike = set.intersection(*(set(lines[kind]) for kind in contract.run_types))
    everywhere = [line for line in lines[contract.run_types[0]] if line in alike]
    yield f"| every event of a run | {'<br>'.join(everywhere)} |"
    yield from ("", "| event | and besides | may be followed by |", "|---|---|---|")
    for kind, own in lines.items():
        after = names(contract.successors(kind)) if kind in contract.transitions else ""
        yield f"| `{kind}` | {'<br>'.join(line for line in own if line not in alike)} | {after} |"
    if contract.clauses:
        yield from ("", "| clause | what it ties together |", "|---|---|")
        yield from (f"| {type(clause).__name__} | {settings(clause)} |" for clause in contract.clauses)
    yield ""


def names(kinds: frozenset[str]) -> str:
    """Event types, in the order of the alphabet."""
    return ", ".join(f"`{kind}`" for kind in sorted(kinds)) or "nothing"


def record(form: Any, path: str = "") -> Iterator[str]:
    """The fields of an event, one line each, those of records inside with their path; the type goes without saying."""
    for mark, table in (("", getattr(form, "required", {})), ("?", getattr(form, "optional", {}))):
        for name, shape in table.items():
            if (path, name) == ("", "type"):
                continue
            inner = list(record(shape, f"{path}{name}."))
            yield from inner or [f"`{path}{name}{mark}` {shape.expected}".replace("|", "\\|")]


def settings(clause: Any) -> str:
    """What a clause sets apart from its defaults."""
    told = []
    for field in fields(clause):
        value = getattr(clause, field.name)
        if field.default is not MISSING and value == field.default:
            continue
        told.append(f"{field.name}: {spelt(value)}")
    return "; ".join(told).replace("|", "\\|")


def spelt(value: Any) -> str:
    """A setting in words."""
    if isinstance(value, str):
        return f"`{value}`"
    if isinstance(value, Mapping):
        return ", ".join(f"`{key}`" for key in value)
    if isinstance(value, tuple | frozenset | list):
        return ", ".join(f"`{each}`" for each in (sorted(value) if isinstance(value, frozenset) else value))
    return f"`{value}`" if not hasattr(value, "type") else f"`{value.type}`"
