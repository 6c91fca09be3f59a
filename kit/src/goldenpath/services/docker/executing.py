"""Commands in a container that runs, with all of their output.

The SDK's own `exec_run` reads below the buffer that has read the engine's first words, and so loses what a quick
command wrote (docker-py issue 3332). Asked without an upgrade of the connection, the engine answers with a plain body.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from goldenpath.services.docker.engine import PATIENCE, Engine
from goldenpath.services.errors import DeadError

PAUSE: Final = 0.01
HEADER: Final = 8
"""Bytes before each piece of output: which stream it is of, and at the end of them its length."""


def execute(
    engine: Engine,
    container: str,
    command: Sequence[str],
    *,
    timeout: float = PATIENCE,
    pause: Callable[[float], None] = time.sleep,
    **options: Any,
) -> tuple[int, str]:
    """Run a command to its end; its exit code, and what it wrote. `timeout` limits for how long it may be silent."""
    api = engine.client.api
    identity = api.exec_create(container, list(command), **options)["Id"]
    answer = api.post(
        f"{api.base_url}/v{api.api_version}/exec/{identity}/start",
        json={"Detach": False, "Tty": False},
        timeout=timeout,
    )
    if not answer.ok:
        raise DeadError(f"the Docker engine could not run {' '.join(command)}: {answer.text.strip()}")
    while (state := api.exec_inspect(identity))["Running"]:
        pause(PAUSE)
    return int(state["ExitCode"]), b"".join(pieces(answer.content)).decode(errors="replace")


def pieces(body: bytes) -> Iterator[bytes]:
    """The pieces of output in the engine's answer, of both streams in the order in which they were written."""
    position = 0
    while position < len(body):
        length = int.from_bytes(body[position + 4 : position + HEADER], "big")
        yield body[position + HEADER : position + HEADER + length]
        position += HEADER + length
