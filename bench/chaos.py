"""Three instances, killed, paused, cut off, slowed down and set wrong, and clients that come back: what did they miss?

Beside it, the same storm over python-socketio with Redis: a harness that sees no loss there sees nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from importlib.util import find_spec

from _chaos.storm import Weather, prove
from _proof import options, tell

from goldenpath.services import ServiceStack

LONG = Weather(seed=1, runs=1000, kills=200, gap=0.6)
SHORT = Weather(seed=1, runs=100, kills=6, gap=0.6)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--without-control", action="store_true", help="leave python-socketio out")
    parser.add_argument("--runs", type=int, help="so many at least, instead of the form's")
    parser.add_argument("--kills", type=int, help="so many at least, instead of the form's")
    chosen = parser.parse_args()
    if not chosen.without_control and find_spec("socketio") is None:
        parser.error("the control needs python-socketio (.ci/bench.txt); install it, or say --without-control")
    form = SHORT if chosen.short else LONG
    chosen.own = chosen.runs is not None or chosen.kills is not None
    weather = replace(form, seed=chosen.seed, runs=chosen.runs or form.runs, kills=chosen.kills or form.kills)
    with ServiceStack("postgres", "redis") as stack:
        stores = stack["postgres"].url, stack["redis"].url
        figures = asyncio.run(prove(weather, stores))
        held = bool(figures["clean"])
        if not chosen.without_control:
            from _chaos.control import control

            figures |= asyncio.run(control(replace(SHORT, seed=chosen.seed), stores))
            held = held and figures["control_lost"] != 0
    return tell("chaos", chosen, figures, held)


if __name__ == "__main__":
    raise SystemExit(main())
