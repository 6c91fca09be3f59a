"""Getting to the scheduler, and finding out whether its machines can run this project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from goldenpath import __version__
from goldenpath.runner.cluster.node import introduce

_PATIENCE: Final = 10.0
"""Seconds for the scheduler to answer."""
_ADDRESS: Final = re.compile(r"((tcp|tls|ws|wss|ucx)://)?[^/:\s]+:\d+")


class ClusterUnfit(Exception):
    """There is no cluster, or it cannot run this project; the message says what would mend it."""


@dataclass
class Machine:
    """A worker of the cluster, with what it has done for this run."""

    address: str
    name: str
    host: str
    pid: int
    threads: int
    resources: Mapping[str, float]
    tests: int = 0
    busy: float = 0.0
    died: str = ""
    running: str = ""


@dataclass
class Cluster:
    """A connection to a scheduler and the machines that are there."""

    client: Any
    """A `distributed.Client`, half of whose methods have no types."""
    root: Path
    machines: dict[str, Machine] = field(default_factory=dict)

    @property
    def slots(self) -> int:
        """How many batches run at the same time."""
        return sum(machine.threads for machine in self.machines.values() if not machine.died)

    def offered(self, resource: str) -> int:
        """How many tests that need a resource may run at the same time."""
        living = [machine for machine in self.machines.values() if not machine.died]
        return int(sum(machine.resources.get(resource, 0) for machine in living))

    def require(self, services: Mapping[str, int]) -> None:
        """Every service that tests need has a machine that says it offers it."""
        known = sorted({name for machine in self.machines.values() for name in machine.resources})
        for name, tests in services.items():
            if not self.offered(name):
                near = get_close_matches(name, known, n=1)
                hint = f"; {near[0]!r} is offered" if near else ""
                raise ClusterUnfit(
                    f"{tests} tests need {name}, and no machine offers it{hint}: start those that can run it with "
                    f"dask worker --resources '{name}=1'"
                )

    def welcome(self, address: str) -> Machine:
        """Take in a machine that is there, after a look at it."""
        return self.take_in(address, self.client.run(introduce, str(self.root), workers=[address])[address])

    def take_in(self, address: str, about: Mapping[str, Any]) -> Machine:
        """Take in a machine that has introduced itself."""
        plain = address.partition("://")[2]
        name = plain if about["name"] in {address, ""} else about["name"]
        if about["version"] != __version__:
            raise ClusterUnfit(f"machine {name} has goldenpath {about['version']}, and this run {__version__}")
        if not about["root"]:
            raise ClusterUnfit(
                f"machine {name} ({about['host']}) has no folder {self.root}: every machine needs the project, "
                "in the same state, at the same place"
            )
        machine = Machine(address, name, about["host"], about["pid"], about["threads"], about["resources"])
        self.machines[address] = machine
        return machine


def join_cluster(url: str, root: Path, patience: float = _PATIENCE) -> Cluster:
    """Connect, and look at every machine that is there."""
    if not _ADDRESS.fullmatch(url):
        raise ClusterUnfit("a scheduler's address looks like tcp://host:8786; dask scheduler prints its own")
    try:
        from distributed import Client
    except ImportError:
        raise ClusterUnfit("--cluster needs Dask: pip install 'goldenpath[cluster]'") from None
    try:
        connect: Any = Client
        client = connect(url, timeout=patience, set_as_default=False, name="goldenpath")
    except (OSError, TimeoutError, ValueError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ClusterUnfit(f"no Dask scheduler answers at {url} within {patience:g} s: {reason[0]}") from None
    try:
        return gathered(client, url, root)
    except BaseException:
        client.close()
        raise


def gathered(client: Any, url: str, root: Path) -> Cluster:
    """The cluster behind a connection, when all of its machines are fit."""
    cluster = Cluster(client, root)
    try:
        introductions = client.run(introduce, str(root))
    except (ModuleNotFoundError, AttributeError) as error:
        raise ClusterUnfit(f"a machine cannot import what it is sent, install goldenpath there: {error}") from None
    if not introductions:
        raise ClusterUnfit(f"the scheduler has no workers: start some with dask worker {url} --nthreads 1")
    for address, about in introductions.items():
        cluster.take_in(address, about)
    return cluster
