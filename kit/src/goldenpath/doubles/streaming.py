"""Where an agent double's events go: into a bridge, an emitter or a manager, doubles or real ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, Final

from goldenpath.doubles.events import Envelopes


async def _into_bridge(sink: Any, event: dict[str, Any], run: Run) -> None:
    await _done(getattr(sink, f"notify_{event['type']}")(run.run_id, run.agent_name, **event["payload"]))


async def _into_emitter(sink: Any, event: dict[str, Any], run: Run) -> None:
    await _done(getattr(sink, f"emit_{event['type']}")(run.run_id, run.agent_name, **event["payload"]))


async def _into_manager(sink: Any, event: dict[str, Any], run: Run) -> None:
    await _done(sink.send_agent_event(run.user_id, event["type"], event))


async def _into_thread(sink: Any, event: dict[str, Any], run: Run) -> None:
    await _done(sink.send_to_thread(run.thread_id, event))


async def _done(answer: Any) -> None:
    if isawaitable(answer):
        await answer


Way = Callable[[Any, dict[str, Any], "Run"], Awaitable[None]]

SINKS: Final[dict[str, Way]] = {
    "notify_agent_started": _into_bridge,
    "emit_agent_started": _into_emitter,
    "send_agent_event": _into_manager,
    "send_to_thread": _into_thread,
}
"""The method by which a sink is recognised, most specific first, and the way events take into it."""


class Stream:
    """Sends the events of an agent's runs into one sink."""

    __slots__ = ("_new_id", "sink", "way")

    def __init__(self, sink: Any, new_id: Callable[[str], str]) -> None:
        way = next((way for method, way in SINKS.items() if callable(getattr(sink, method, None))), None)
        if way is None:
            raise TypeError(
                f"events_to is a bridge, an emitter or a manager (something with {' or '.join(SINKS)}), not {sink!r}"
            )
        self.sink = sink
        self.way = way
        self._new_id = new_id

    def begin(self, agent_name: str, context: Any) -> Run:
        """Start a run of the context's user, or of the sink's when there is no context."""

        def known(name: str, otherwise: str) -> str:
            found = getattr(context, name, None) or getattr(self.sink, name, None)
            return found if isinstance(found, str) else otherwise

        run_id = known("run_id", "") or self._new_id("run_id")
        return Run(self, agent_name, known("user_id", "test-user"), known("thread_id", "test-thread"), run_id)


class Run:
    """One run of an agent, and whose it is."""

    __slots__ = ("_envelopes", "_stream", "agent_name", "run_id", "thread_id", "user_id")

    def __init__(self, stream: Stream, agent_name: str, user_id: str, thread_id: str, run_id: str) -> None:
        self.agent_name = agent_name
        self.user_id = user_id
        self.thread_id = thread_id
        self.run_id = run_id
        self._stream = stream
        self._envelopes = Envelopes(thread_id)

    async def tell(self, event_type: str, **payload: Any) -> None:
        """Send one event of the run."""
        event = self._envelopes.wrap(event_type, self.run_id, self.agent_name, payload)
        await self._stream.way(self._stream.sink, event, self)
