"""What all services that are a program of the stack's own have in common."""

from __future__ import annotations

import time
from collections.abc import Callable

from goldenpath.services.errors import StartError
from goldenpath.services.ports import PortTaken
from goldenpath.services.program import PAUSE, Program, ended
from goldenpath.services.ready import NotReady
from goldenpath.services.runtime import Endpoint


class ProcessRuntime:
    """A service that is one program under the stack's keeper; subclasses say how to ask whether it is ready."""

    def __init__(self, program: Program, endpoint: Endpoint) -> None:
        self.program = program
        self._endpoint = endpoint

    @property
    def endpoint(self) -> Endpoint:
        """Where it is reached."""
        return self._endpoint

    def probe(self) -> None:
        """Raise NotReady unless it answers."""
        raise NotImplementedError

    def death(self) -> str | None:
        """How the program ended; None while it runs."""
        code = self.program.exit_code()
        return None if code is None else ended(code)

    def history(self) -> tuple[list[float], float]:
        """When it was launched, and what the same clock says now."""
        return self.program.history()

    def logs(self, lines: int) -> str:
        """The last lines it wrote."""
        return self.program.tail(lines)

    def restart(self) -> None:
        """Stop the program and launch it again."""
        self.program.restart()

    def stop(self) -> None:
        """Stop the program and wait until it is gone."""
        self.program.stop()

    def leave(self) -> None:
        """Nothing: the program is the keeper's."""


def settle(program: Program, answers: Callable[[], None], *, timeout: float) -> None:
    """Wait until a server that was given a port answers; raises PortTaken when it ended because of the port."""
    answer = ""
    for _ in range(int(timeout / PAUSE)):
        try:
            answers()
            return
        except NotReady as error:
            answer = str(error)
        code = program.exit_code()
        if code is not None and "in use" in program.tail(20):
            program.log.unlink()
            raise PortTaken
        if code is not None:
            raise StartError(f"service {program.name!r} {ended(code)} before it was ready\n{program.tail()}")
        time.sleep(PAUSE)
    raise StartError(f"service {program.name!r} was not ready after {timeout:g} s: {answer}\n{program.tail()}")
