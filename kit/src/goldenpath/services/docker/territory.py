"""What a stack has to itself on an engine: a network, a farewell, and notes of what is just being made."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from goldenpath.services.docker.belongings import clear, labels, orphans
from goldenpath.services.docker.engine import Engine
from goldenpath.services.errors import StartError
from goldenpath.services.site import Site

PREFIX: Final = "goldenpath"
BEING_MADE: Final = ".making"
MADE: Final = ".docker"
FAREWELL: Final = "goldenpath.services.docker.farewell"


@dataclass(frozen=True)
class Territory:
    """A stack on an engine."""

    engine: Engine
    directory: Path

    @property
    def network(self) -> str:
        """The network of the stack: its services reach each other by their names, and no other stack's."""
        return self.name()

    def name(self, *parts: str) -> str:
        """What nothing of another stack is called."""
        return "-".join([PREFIX, self.directory.name, *parts])

    def labels(self, **more: str) -> dict[str, str]:
        """The labels of what is made for the stack."""
        return labels(self.directory, self.engine.facts.uid, **more)

    @contextmanager
    def making(self, name: str) -> Iterator[None]:
        """Note that something of this name is being made: should this process die now, the farewell waits for it.

        The note goes when the engine made it or refused to; after its silence nobody knows what will come true.
        """
        note = self.directory / f"{name}{BEING_MADE}"
        note.touch()
        try:
            yield
        except StartError:
            note.unlink()
            raise
        note.unlink()


def settle(engine: Engine, site: Site) -> Territory:
    """The territory of the stack; the first service that needs it makes it, and clears up after stacks that died."""
    territory = Territory(engine, site.keeper.directory)
    made = territory.directory / MADE
    if made.exists():
        return territory
    clear(lambda: orphans(engine))
    env = {**site.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    site.keeper.farewell([sys.executable, "-m", FAREWELL], env, json.dumps({"directory": str(territory.directory)}))
    with territory.making(territory.network), engine.asked("make a network for the stack", StartError):
        engine.client.networks.create(territory.network, driver="bridge", labels=territory.labels())
    made.touch()
    return territory
