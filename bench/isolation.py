"""Tenants side by side under load: does anybody see a mark or an id of another's? And would it be noticed?

Every route, message, event, key and table of the backend is tried with somebody else's things; ten mistakes are then
built into a copy of it, one at a time, and the same proof has to find each of them.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from _isolation.load import Size
from _isolation.mutants import judge_mutants
from _isolation.proof import prove
from _proof import options, tell

from goldenpath.services import ServiceStack

LONG = Size(tenants=6, users=2, sockets=16, again=6, deliveries=1_000_000)
SHORT = Size(tenants=3, users=2, sockets=6, again=1, deliveries=0)
SMALLEST = Size(tenants=2, users=2, sockets=2, again=1, deliveries=0)
STORM, SMALL_STORM = 20_000, 2_000


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--without-mutants", action="store_true", help="only the backend as it is")
    parser.add_argument("--smallest", action="store_true", help="what each mutant is tried with")
    parser.add_argument("--deliveries", type=int, default=0, help="go on until so many were looked at")
    chosen = parser.parse_args()
    size = SMALLEST if chosen.smallest else SHORT if chosen.short else LONG
    chosen.own = bool(chosen.deliveries)
    size = replace(size, deliveries=chosen.deliveries or size.deliveries)
    full = not chosen.smallest and not chosen.short
    storm = STORM if full else SMALL_STORM
    analytics = not chosen.smallest and find_spec("chdb") is not None
    with ServiceStack("postgres", "redis") as stack, tempfile.TemporaryDirectory() as folder:
        urls = stack["postgres"].url, stack["redis"].url
        figures = asyncio.run(prove(urls, size, Path(folder), analytics=analytics, storm=storm))
    held = bool(figures["clean"])
    if not chosen.without_mutants and not chosen.smallest:
        figures |= judge_mutants([sys.executable, __file__, "--smallest", "--json"])
        held = held and figures["mutants_caught"] == figures["mutants"] and not figures["without_a_mutant"]
    return tell("isolation", chosen, figures, held)


if __name__ == "__main__":
    raise SystemExit(main())
