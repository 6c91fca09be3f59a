"""Where workers come from: the host itself, forks of it, or processes that each collect for themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from goldenpath.runner.local.collected import Collected
from goldenpath.runner.local.host import Host, HostFailed, Opening
from goldenpath.runner.local.lane import Lane
from goldenpath.runner.wire import Wire


class Way(StrEnum):
    """How workers are made."""

    SOLO = "solo"
    """One, and it is the process that collected."""
    FORK = "fork"
    """Copies of the process that collected, each in a few milliseconds."""
    SPAWN = "spawn"
    """Fresh processes; each collects for itself."""


class Nursery:
    """Makes workers, and knows how each ended."""

    def __init__(self, host: Host, collected: Collected, opening: Opening, workers: int, way: Way) -> None:
        self.collected = collected
        self.numbers = collected.numbers
        self.workers = workers
        self.way = way
        self._host = host
        self._opening = opening
        self._statuses: dict[str, int] = {}
        self._born = 0
        self.exit_status = 0
        """Of pytest, once everything has ended."""
        self.text = ""
        """What plugins wrote at the end."""

    def vacant(self, present: Collection[str]) -> list[str]:
        """The names of the workers there should be and are not."""
        names = [f"gw{number}" for number in range(self.workers)] if self.way is not Way.SOLO else ["main"]
        return [name for name in names if name not in present]

    def bear(self, name: str) -> Lane:
        """Make a worker."""
        self._born += 1
        self._statuses.pop(name, None)
        if self.way is Way.SOLO:
            return self._solo(name)
        if self.way is Way.SPAWN:
            return self._spawned(name)
        ours, theirs = Wire.pair()
        self._host.wire.hand_over(theirs, "fork", name, self.workers)
        lane = Lane(name, ours, self._opening.folder)
        ours.send("forward", self._reports())
        return lane

    def _reports(self) -> list[str]:
        """The reports that the host's plugins must hear of: what decides pytest's exit status, or all of them."""
        return ["failed", "skipped", "passed"] if self.collected.listeners else ["failed", "skipped"]

    def forward(self, report: Any) -> None:
        """Let the host's plugins hear of a test that ran elsewhere."""
        self._host.wire.send("report", report)

    def wires(self) -> list[Wire]:
        """Where news of workers comes from that no worker can tell itself."""
        return [self._host.wire] if self.way is Way.FORK else []

    def hear(self, wire: Wire) -> None:
        """Take that news."""
        for message in wire.drain():
            if message[0] == "died":
                self._statuses[message[1]] = message[2]
        if wire.closed:
            raise HostFailed(self._host.process.wait(), self._host.errors(), "")

    def status(self, lane: Lane) -> int:
        """How a worker that is gone has ended: an exit code, or minus the number of a signal."""
        if lane.host is not None:
            return lane.host.process.wait()
        while lane.name not in self._statuses:
            message = self._host.wire.receive()
            if message is None:
                raise HostFailed(self._host.process.wait(), self._host.errors(), "")
            if message[0] == "died":
                self._statuses[message[1]] = message[2]
        return self._statuses.pop(lane.name)

    def end(self, lanes: Sequence[Lane]) -> None:
        """Have every worker and then the host finish."""
        for lane in lanes:
            if lane.asked:
                lane.give(())
            if lane.host is None:
                lane.wire.send("finish")
        for lane in lanes:
            if lane.host is None:
                while lane.wire.receive() is not None:
                    pass
                lane.wire.close()
            elif lane.host is not self._host:
                lane.host.finish()
        self.exit_status, self.text = self._host.finish()

    def _solo(self, name: str) -> Lane:
        if self._born > 1:
            self._host = Host(replace(self._opening))
            self._agree(self._host)
        lane = Lane(name, self._host.wire, self._opening.folder, pid=self._host.process.pid, host=self._host)
        lane.ready = lane.idle = True
        return lane

    def _spawned(self, name: str) -> Lane:
        host = Host(self._opening, worker=name, workers=self.workers)
        self._agree(host)
        lane = Lane(name, host.wire, self._opening.folder, pid=host.process.pid, host=host)
        lane.ready = lane.idle = True
        host.wire.send("forward", self._reports())
        return lane

    def _agree(self, host: Host) -> None:
        again = host.collected()
        if again.digest != self.collected.digest:
            missing = next(iter(set(self.numbers) ^ set(again.numbers)), "the order differs")
            raise HostFailed(0, f"collecting twice gave different tests ({missing}): make their ids reproducible", "")
