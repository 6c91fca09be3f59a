"""The lifespan of an ASGI application: its start-up before the first socket, its shutdown after the last."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from goldenpath.live.application import Application, Message
from goldenpath.live.belt import Belt
from goldenpath.live.errors import LiveError

MODES: Final = ("auto", "on", "off")
CANCELLING: Final = 1.0
"""Seconds that a cancelled application has to end."""


class LifespanFailed(LiveError):
    """The application did not start up, or did not shut down, as it should."""

    def __init__(self, phase: str, why: str) -> None:
        super().__init__(f"the application's {phase} failed: {why}")


class Lifespan:
    """Runs the lifespan protocol in a task of its own.

    In the mode `auto` an application that refuses the protocol has none. One that began with it and then failed has
    failed: that is told apart by whether it ever took the first message.
    """

    def __init__(self, app: Application, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(f"lifespan is one of {', '.join(MODES)}, got {mode!r}")
        self.state: dict[str, Any] = {}
        self.pending = mode != "off"
        """Whether it has to be started before a socket may be opened."""
        self._app = app
        self._mode = mode
        self._messages: Belt[Message] = Belt(2)
        self._answers: Belt[Message] = Belt(4)
        self._taken = False
        self._task: asyncio.Task[None] | None = None

    async def start(self, seconds: float) -> None:
        """Start up, within the time given."""
        if not self.pending:
            return
        self.state.clear()
        self._messages, self._answers, self._taken = Belt(2), Belt(4), False
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        task = asyncio.get_running_loop().create_task(self._run(scope), name="lifespan of the application")
        self._task = task
        try:
            await self._phase("startup", seconds)
        except BaseException:
            await self._end(0)
            raise
        self.pending = False

    async def stop(self, seconds: float) -> None:
        """Shut down, within the time given."""
        if self._task is None:
            return
        self.pending = self._mode != "off"
        try:
            if not self._task.done():
                await self._phase("shutdown", seconds)
            elif (answer := await self._answers.get(0)) and answer.get("error"):
                raise LifespanFailed("lifespan", repr(answer["error"])) from answer["error"]
        except BaseException:
            await self._end(0)
            raise
        if not await self._end(seconds):
            raise LifespanFailed(
                "shutdown", f"it was answered, but the application did not return within {seconds:g} s"
            )

    async def _phase(self, phase: str, seconds: float) -> None:
        self._messages.put_nowait({"type": f"lifespan.{phase}"})
        answer = await self._answers.get(seconds)
        if answer is None:
            raise LifespanFailed(phase, f"no answer within {seconds:g} s")
        if answer["type"] == f"lifespan.{phase}.complete":
            return
        if answer["type"] == f"lifespan.{phase}.failed":
            raise LifespanFailed(phase, answer.get("message") or "it gave no message")
        if answer["type"] != "returned":
            raise LifespanFailed(phase, f"it answered {answer['type']!r}")
        error = answer["error"]
        if self._mode == "auto" and phase == "startup" and not self._taken:
            return
        raise LifespanFailed(phase, repr(error) if error else "it returned without an answer") from error

    async def _run(self, scope: dict[str, Any]) -> None:
        error: Exception | None = None
        try:
            await self._app(scope, self._receive, self._send)
        except Exception as raised:
            error = raised
        self._answers.put_nowait({"type": "returned", "error": error})

    async def _receive(self) -> Message:
        message = await self._messages.get()
        assert message is not None
        self._taken = True
        return message

    async def _send(self, message: Message) -> None:
        self._answers.put_nowait(message)

    async def _end(self, seconds: float) -> bool:
        """Let the application return, so that nothing of it is left running; false when it had to be cancelled."""
        task, self._task = self._task, None
        if task is None:
            return True
        _, running = await asyncio.wait({task}, timeout=seconds)
        if running:
            task.cancel()
            await asyncio.wait({task}, timeout=CANCELLING)
        return not running
