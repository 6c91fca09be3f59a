"""What a process of the crew runs: its own users, on its own share of the load."""

from __future__ import annotations

import asyncio
import pickle
import sys

from goldenpath import __version__
from goldenpath.probe.crew import Errand
from goldenpath.probe.entering import Door
from goldenpath.probe.gaze import Gaze
from goldenpath.probe.ledger import Ledger
from goldenpath.probe.load import Crowd, Traffic
from goldenpath.probe.people import everybody, population
from goldenpath.probe.reading import Reading
from goldenpath.probe.session import Place


async def carry(errand: Errand) -> tuple[Ledger, Traffic]:
    """Bring the share's users, and what came of them."""
    scenario, ledger, traffic = errand.scenario, Ledger(), Traffic()
    door = Door(errand.target, scenario, ledger)
    gaze = Gaze(everybody(scenario, errand.seed, errand.shares), ledger)
    people = await door.admit(population(scenario, errand.seed, errand.share))
    if people:
        place = Place(errand.target, scenario, Reading(scenario), ledger, door)
        await Crowd(place, people, gaze, traffic).carry(f"{errand.seed}-{errand.share}")
    traffic.own_marks = gaze.own_marks
    return ledger, traffic


def carried(errand: Errand) -> tuple[Ledger, Traffic]:
    """The same, for callers without a loop."""
    return asyncio.run(carry(errand))


def version() -> str:
    """Which toolkit is installed here."""
    return __version__


if __name__ == "__main__":
    sys.stdout.buffer.write(pickle.dumps(carried(pickle.loads(sys.stdin.buffer.read()))))
