"""More processes that bring users of their own: one process has one core, and so one limit to what it can measure."""

from __future__ import annotations

import asyncio
import pickle
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from goldenpath.probe.ledger import Ledger
from goldenpath.probe.load import Traffic
from goldenpath.probe.scenario import Scenario
from goldenpath.probe.target import Target


class CrewFailed(Exception):
    """A process of the crew did not bring back its part."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What one process of the crew is to do."""

    target: Target
    scenario: Scenario
    seed: str
    share: int
    shares: int


def errands(target: Target, scenario: Scenario, seed: str, processes: int) -> list[Errand]:
    """The shares of all but the first process, which is this one."""
    return [Errand(target, scenario, seed, share, processes) for share in range(1, processes)]


class Crew:
    """The other processes; none outlives the block."""

    def __init__(self, target: Target, scenario: Scenario, seed: str, processes: int) -> None:
        self._errands = errands(target, scenario, seed, processes)
        self._processes: list[asyncio.subprocess.Process] = []
        self._answers: list[asyncio.Task[tuple[bytes, bytes]]] = []

    async def __aenter__(self) -> Self:
        for errand in self._errands:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "goldenpath.probe.share",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            self._processes.append(process)
            told = process.communicate(pickle.dumps(errand))
            self._answers.append(asyncio.get_running_loop().create_task(told))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.kill()
        await asyncio.gather(*self._answers, return_exceptions=True)

    async def join(self, ledger: Ledger, traffic: Traffic) -> None:
        """Wait for the others and add up what they bring."""
        for process, answer in zip(self._processes, self._answers, strict=True):
            out, err = await answer
            if process.returncode != 0:
                last = err.decode(errors="replace").strip().rpartition("\n")[2]
                raise CrewFailed(
                    f"a process of the probe ended {process.returncode} without its part: {last}".rstrip(": ")
                )
            their_ledger, their_traffic = pickle.loads(out)
            ledger.add(their_ledger)
            traffic.add(their_traffic)
