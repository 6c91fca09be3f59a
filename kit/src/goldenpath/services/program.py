"""A program that the keeper runs: launched, watched, restarted and stopped by name."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from goldenpath.services.account import Account
from goldenpath.services.errors import StartError, UnavailableError
from goldenpath.services.keeper import Keeper

PAUSE: Final = 0.002


@dataclass(frozen=True)
class Launch:
    """How a program is launched and stopped."""

    command: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    halt_signal: signal.Signals | None = None
    """For a stop after which it may be started again; the stop signal unless it has one of its own."""
    grace: float = 5.0
    group: bool = True
    """Whether the signal goes to its whole process group; a server that looks after its own children needs it alone."""


class Program:
    """One program under the keeper, and the file that takes its output."""

    def __init__(self, keeper: Keeper, name: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        self.name = name
        self.log = keeper.directory / f"{name}.log"
        self._keeper = keeper
        self._pause = pause

    def launch(self, how: Launch) -> None:
        """Start it; if it runs it is stopped first."""
        try:
            self._keeper.spawn(
                self.name,
                argv=list(how.command),
                env=dict(how.env),
                cwd=str(how.cwd),
                log=str(self.log),
                uid=how.account and how.account.uid,
                gid=how.account and how.account.gid,
                umask=0o077,
                stop_signal=int(how.stop_signal),
                halt_signal=int(how.halt_signal or how.stop_signal),
                grace=how.grace,
                group=how.group,
            )
        except OSError as error:
            raise UnavailableError(f"{how.command[0]} cannot be executed: {error.strerror or error}") from None

    def restart(self) -> None:
        """Stop it if it runs, and start it as it was started."""
        try:
            self._keeper.ask("respawn", name=self.name)
        except OSError as error:
            raise UnavailableError(f"{self.name} cannot be executed again: {error.strerror or error}") from None

    def stop(self) -> None:
        """Stop it and wait until it is gone."""
        self._keeper.halt(self.name)

    def run(self, how: Launch, *, timeout: float) -> None:
        """Run it to its end; raises StartError unless it ends well in time."""
        self.launch(how)
        for _ in range(int(timeout / PAUSE)):
            code = self.exit_code()
            if code == 0:
                return
            if code is not None:
                raise StartError(f"{how.command[0]} {ended(code)}\n{self.tail()}")
            self._pause(PAUSE)
        self.stop()
        raise StartError(f"{how.command[0]} did not end within {timeout:g} s\n{self.tail()}")

    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that killed it."""
        code: int | None = self._report()["exit"]
        return code

    def written(self) -> str:
        """What it wrote since it was launched last."""
        try:
            with self.log.open("rb") as file:
                file.seek(self._report()["log_start"])
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def history(self) -> tuple[list[float], float]:
        """When it was launched, and what the same clock says now."""
        status = self._keeper.status()
        return status["children"][self.name]["starts"], status["now"]

    def tail(self, lines: int = 50) -> str:
        """The last lines it wrote."""
        return tail(self.log, lines)

    def _report(self) -> dict[str, Any]:
        report: dict[str, Any] = self._keeper.status()["children"][self.name]
        return report


def ended(code: int) -> str:
    """How a program ended, in words."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def tail(log: Path, lines: int) -> str:
    """The last lines of a log file, read from its end."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - lines * 400))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
