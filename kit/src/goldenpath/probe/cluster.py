"""The other processes on the workers of a Dask scheduler, where one machine is not enough."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Final, Self

from goldenpath import __version__
from goldenpath.probe.crew import CrewFailed, Errand, errands
from goldenpath.probe.ledger import Ledger
from goldenpath.probe.load import Traffic
from goldenpath.probe.scenario import Scenario
from goldenpath.probe.share import carried, version
from goldenpath.probe.target import Target

PATIENCE: Final = 10.0
"""Seconds for the scheduler to answer."""


class ClusterCrew:
    """As `Crew`, on a cluster; each share runs once, on a thread of its own."""

    def __init__(self, target: Target, scenario: Scenario, seed: str, processes: int, url: str) -> None:
        self._errands = errands(target, scenario, seed, processes)
        self._url = url
        self._client: Any = None
        self._shares: list[Any] = []

    async def __aenter__(self) -> Self:
        self._client = await asyncio.to_thread(self._connect)
        try:
            self._shares = await asyncio.to_thread(self._submit)
        except BaseException:
            await asyncio.to_thread(self._client.close)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._client.cancel, self._shares)
        await asyncio.to_thread(self._client.close)

    async def join(self, ledger: Ledger, traffic: Traffic) -> None:
        """Wait for the others and add up what they bring."""
        try:
            brought = await asyncio.to_thread(self._client.gather, self._shares)
        except Exception as error:
            raise CrewFailed(f"a share of the probe failed on the cluster: {error}") from error
        for their_ledger, their_traffic in brought:
            ledger.add(their_ledger)
            traffic.add(their_traffic)

    def _connect(self) -> Any:
        try:
            from distributed import Client
        except ImportError:
            raise CrewFailed("--cluster needs Dask: pip install 'goldenpath[cluster]'") from None
        connect: Any = Client
        try:
            return connect(self._url, timeout=PATIENCE, set_as_default=False, name="goldenpath-probe")
        except (OSError, TimeoutError, ValueError) as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise CrewFailed(f"no Dask scheduler answers at {self._url}: {reason[0]}") from None

    def _submit(self) -> list[Any]:
        self._look_at_the_machines()
        return [self._submitted(errand) for errand in self._errands]

    def _submitted(self, errand: Errand) -> Any:
        return self._client.submit(carried, errand, pure=False, retries=0)

    def _look_at_the_machines(self) -> None:
        """A share that waited for a free thread would measure another time, and one of another version other things."""
        threads = sum(self._client.nthreads().values())
        if threads < len(self._errands):
            raise CrewFailed(
                f"--processes {len(self._errands) + 1} needs {len(self._errands)} threads beside this process, "
                f"the cluster at {self._url} has {threads}"
            )
        try:
            found = self._client.run(version)
        except (ModuleNotFoundError, AttributeError) as error:
            raise CrewFailed(f"a machine cannot import what it is sent, install goldenpath there: {error}") from None
        for address, theirs in found.items():
            if theirs != __version__:
                raise CrewFailed(f"the machine at {address} has goldenpath {theirs}, and this probe {__version__}")
