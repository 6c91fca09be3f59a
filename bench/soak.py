"""An hour's questions in ten minutes: does an instance hold on to memory, sockets, connections or tasks?"""

from __future__ import annotations

import asyncio
import random
import tempfile
from argparse import Namespace
from pathlib import Path

import psycopg
import redis
from _chaos.backend import BOUND, COMMAND, SETTINGS, Backend
from _chaos.clients import Client
from _chaos.fleet import Fleet, Instance
from _chaos.ledger import judge
from _proof import options, tell
from _soak.load import Load
from _soak.samples import NAMES, Sample, Sampler, column
from _soak.trend import RULE, trend

from goldenpath.services import ServiceStack

MINUTES, SHORT_MINUTES = 10.0, 1.0
COMPRESSED = 6
"""How many times faster than in the hour."""
RATE = 1.0
"""Questions a second in the hour that is compressed: 3,600 of them."""
TENANTS, USERS = 8, 5
EVERY = 1.0
WARM_UP = 1 / 3


async def soak(chosen: Namespace, minutes: float, stores: tuple[str, str]) -> dict[str, object]:
    backend = Backend(stores[0])
    backend.prepare()
    command = (COMMAND[0], "0")
    settings = SETTINGS | {"AGENT_BACKEND_LOG_LEVEL": "WARNING"}
    with tempfile.TemporaryDirectory() as folder:
        async with Fleet.open(1, command, stores, Path(folder), backend.killed, backend.started, **settings) as fleet:
            users = await backend.populate(fleet.instances[0].url, TENANTS, USERS)
            load = Load(
                Client(fleet, backend, random.Random(chosen.seed), BOUND),
                users,
                chosen.rate * COMPRESSED,
                random.Random(chosen.seed),
            )
            done, samples = await watched(fleet.instances[0], load, minutes * 60, stores)
            verdict = judge(load.stories, await asyncio.to_thread(backend.log))
            await backend.close()
    warm = int(len(samples) * WARM_UP)
    trends = {name: trend(done[warm:], column(samples[warm:], name)) for name in NAMES}
    return {
        "minutes": minutes,
        "rate_per_s": chosen.rate * COMPRESSED,
        "runs": verdict.runs,
        "clean": verdict.clean,
        "wrong": {name: count for name, count in verdict.counts().items() if count},
        "examples": verdict.examples,
        "samples": len(samples),
        **{name: trends[name].to_json() for name in NAMES},
        "flat": all(each.flat for each in trends.values()),
        "rule": RULE,
    }


async def watched(
    instance: Instance, load: Load, seconds: float, stores: tuple[str, str]
) -> tuple[list[float], list[Sample]]:
    """The load, and samples with the number of runs that had ended when they were taken."""
    loop = asyncio.get_running_loop()
    done: list[float] = []
    samples: list[Sample] = []
    with psycopg.connect(stores[0], autocommit=True) as database, redis.Redis.from_url(stores[1]) as store:
        sampler = Sampler(instance, database, store)
        until = loop.time() + seconds
        asking = asyncio.create_task(load.run())
        while loop.time() < until:
            await asyncio.sleep(EVERY)
            samples.append(await sampler.take())
            done.append(load.finished)
        asking.cancel()
        await load.settle()
    return done, samples


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--minutes", type=float, help=f"how long (default: {MINUTES:g}, or {SHORT_MINUTES:g} if short)")
    parser.add_argument("--rate", type=float, default=RATE, help="questions a second of the hour that is compressed")
    chosen = parser.parse_args()
    chosen.own = chosen.minutes is not None or chosen.rate != RATE
    minutes = chosen.minutes or (SHORT_MINUTES if chosen.short else MINUTES)
    with ServiceStack("postgres", "redis") as stack:
        figures = asyncio.run(soak(chosen, minutes, (stack["postgres"].url, stack["redis"].url)))
    return tell("soak", chosen, figures, bool(figures["flat"] and figures["clean"]))


if __name__ == "__main__":
    raise SystemExit(main())
