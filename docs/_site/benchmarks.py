"""The page of the benchmarks, read from what they recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator

from claims import CLAIMS, RECORDS, Claim

INTRO = """\
Each figure was printed by the benchmark beside it and recorded as it was printed, in `docs/evidence/bench`. Figures
move with the machine, so most are ratios of two sides that took turns in one run; compare nothing across runs. *Floor*
is what the project holds itself to: the least, or for times and sizes the most, that a figure may be.

`make bench` runs all of them in an environment of its own that has the peers; a single one is
`.venv-bench/bin/python bench/doubles.py --json`.

![Ratios against the peers, measured and held to](pictures/bench-ratios.svg)
"""


def pages() -> dict[str, str]:
    """The one page."""
    return {"benchmarks.md": "\n".join(["# Benchmarks", "", INTRO, *claims(), *records()])}


def claims() -> Iterator[str]:
    """The claims, their floors, and what was measured."""
    yield from ("## Claims", "", "| claim | floor | measured | held | printed by `bench/` |", "|---|---|---|---|---|")
    for claim in CLAIMS:
        sign = "≥" if claim.least else "≤"
        held = {True: "yes", False: "**no**", None: ""}[claim.kept]
        command = f"`{claim.bench}.py` → `{claim.key}`"
        yield f"| {claim.what} | {sign} {shown(claim.floor)} {claim.unit} | {measured(claim)} | {held} | {command} |"
    yield ""


def measured(claim: Claim) -> str:
    """A claim's figure in words."""
    return "not recorded" if claim.figure is None else f"{shown(claim.figure)} {claim.unit}"


def records() -> Iterator[str]:
    """Everything that was recorded, whole."""
    yield from ("## Everything that was printed", "")
    for path in sorted(RECORDS.glob("*.json")):
        figures = json.loads(path.read_text())
        machine, day = figures.pop("machine"), figures.pop("recorded")
        yield from (f"### {path.stem}", "")
        yield f"{day}, Python {machine['python']}, {machine['system']}, {machine['cores']} cores: "
        yield from (f"`python bench/{path.stem}.py --json`", "", "| figure | |", "|---|---|")
        yield from (f"| `{name}` | {shown(value)} |" for name, value in figures.items())
        yield ""


def shown(value: object) -> str:
    """A figure with the digits that mean something."""
    if isinstance(value, dict):
        return "<br>".join(f"{name}: {shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(shown, value)) or "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
