"""The services of a run: started in the background while tests that need none already run."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from goldenpath.runner.record import ServiceState


class RunServices:
    """A shared stack that lives as long as the run, and that every worker's fixtures join."""

    def __init__(self, names: Sequence[str], run_id: str, *, docker: bool) -> None:
        self._names = names
        self._run_id = run_id
        self._provider = "auto" if docker else "embedded"
        self._news: SimpleQueue[list[ServiceState]] = SimpleQueue()
        self._stack: Any = None
        self._thread: Thread | None = None
        self.states: dict[str, ServiceState] = {}

    def start(self) -> list[ServiceState]:
        """Begin; the states so far."""
        if not self._names:
            return []
        states = [ServiceState(name, "starting") for name in self._names]
        self._thread = Thread(target=self._bring_up, name="services", daemon=True)
        self._thread.start()
        return self._note(states)

    def ready(self) -> list[ServiceState]:
        """Wait until they are up or have failed; what has changed."""
        if self._thread is None:
            return []
        self._thread.join()
        self._thread = None
        return self._note(self._news.get())

    @property
    def failed(self) -> list[ServiceState]:
        """Those that did not start."""
        return [state for state in self.states.values() if state.state == "failed"]

    def stop(self) -> list[ServiceState]:
        """Let go of them; what has changed."""
        if self._thread is not None:
            self._thread.join()
        if self._stack is None:
            return []
        self._stack.stop()
        self._stack = None
        return self._note(
            [ServiceState(state.name, "stopped", state.provider, state.seconds) for state in self.states.values()]
        )

    def _note(self, states: list[ServiceState]) -> list[ServiceState]:
        self.states.update({state.name: state for state in states})
        return states

    def _bring_up(self) -> None:
        from goldenpath.services import ServiceError, ServiceStack

        began = monotonic()
        try:
            stack = ServiceStack(*self._names, provider=self._provider, shared=f"run-{self._run_id}").start()
        except (ServiceError, ImportError, OSError) as error:
            self._news.put([ServiceState(name, "failed", detail=str(error)) for name in self._names])
            return
        self._stack = stack
        seconds = monotonic() - began
        self._news.put([ServiceState(name, "ready", handle.provider, seconds) for name, handle in stack.items()])
