"""Every planted fault in an essential invariant is noticed by a test.

Each mutant of `bench/mutants/` is planted in a copy of the tree, and only the tests named beside it are run.
Ends 0 when all were killed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from _measuring import machine
from _mutation import Outcome, Refused, outcome_of, require_sound
from _planted import COMPONENTS, Mutant, planted


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", action="append", metavar="ID", help="this mutant alone; may be given again")
    parser.add_argument("--workers", type=int, default=2, help="mutants that are tried side by side")
    parser.add_argument("--record", type=Path, metavar="FILE", help="also write the figures to this file")
    options = parser.parse_args(arguments)
    known = planted()
    if unknown := set(options.only or ()) - {mutant.id for mutant in known}:
        parser.error(f"there is no mutant {', '.join(sorted(unknown))}; there are {', '.join(m.id for m in known)}")
    chosen = [mutant for mutant in known if not options.only or mutant.id in options.only]
    began = monotonic()
    try:
        outcomes = tried(chosen, options.workers)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    figures = told(outcomes, monotonic() - began)
    text = json.dumps(figures, indent=1)
    if options.record:
        options.record.write_text(text + "\n")
    if options.json:
        print(json.dumps(figures))
    else:
        print(f"{figures['killed']} of {figures['mutants']} killed in {figures['seconds']} s")
    return 0 if figures["killed"] == len(outcomes) else 1


def tried(mutants: Sequence[Mutant], workers: int) -> list[Outcome]:
    """The outcome of each, after it was seen that its tests pass without it."""
    for mutant in mutants:
        mutant.check()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(require_sound, _batches(mutants)))
        return list(pool.map(_tried, mutants))


def told(outcomes: Sequence[Outcome], seconds: float) -> dict[str, object]:
    """The figures."""

    def count(of: Sequence[Outcome]) -> dict[str, int]:
        return {"mutants": len(of), "killed": sum(each.fate == "killed" for each in of)}

    components = {
        f"{number} {name}": count([each for each in outcomes if each.mutant.component == number])
        for number, name in COMPONENTS.items()
    }
    return {
        **count(outcomes),
        "survived": [each.mutant.id for each in outcomes if each.fate == "survived"],
        "timed_out": [each.mutant.id for each in outcomes if each.fate == "timed out"],
        "isolation": count([each for each in outcomes if each.mutant.isolation]),
        "components": {name: figures for name, figures in components.items() if figures["mutants"]},
        "each": [
            {
                "id": each.mutant.id,
                "component": each.mutant.component,
                "invariant": each.mutant.invariant,
                "fate": each.fate,
                "killed_by": each.killed_by,
            }
            for each in outcomes
        ],
        "seconds": round(seconds, 1),
        "machine": machine(),
    }


def _batches(mutants: Sequence[Mutant]) -> list[list[str]]:
    """All the tests once, the kit's and the backend's apart: their fixtures do not mix."""
    tests = list(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
    batches = [[test for test in tests if test.startswith(place)] for place in ("kit/", "backend/")]
    return [batch for batch in batches if batch]


def _tried(mutant: Mutant) -> Outcome:
    outcome = outcome_of(mutant)
    print(f"{outcome.fate:9} {outcome.seconds:5.1f} s  {mutant.id}  {outcome.killed_by}", file=sys.stderr, flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
