"""What all services that are a program of the stack's own have in common."""

from __future__ import annotations

from goldenpath.services.program import Program, ended
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

    def logs(self, lines: int) -> str:
        """The last lines it wrote."""
        return self.program.tail(lines)

    def restart(self) -> None:
        """Stop the program and launch it again."""
        self.program.restart()

    def stop(self) -> None:
        """Stop the program and wait until it is gone."""
        self.program.stop()
