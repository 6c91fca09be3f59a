"""PostgreSQL in Docker: how long until it answers, its image present, against the embedded one; and what stays.

Needs root, dockerd (Debian: docker.io) and busybox-static: the engine and the image are the ones of the tests.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from statistics import median

from _measuring import publish, seconds

sys.path.insert(0, str(Path(__file__).parents[1]))

from kit.tests.integration.docker.dockerd import Daemon, obstacle
from kit.tests.integration.docker.images import build_all, environ_for

from goldenpath.services import ServiceStack
from goldenpath.services.docker.belongings import OWNER, belongings, owner
from goldenpath.services.docker.engine import connect

ROUNDS = 5


def start(provider: str, environ: dict[str, str]) -> float:
    """How long until PostgreSQL answers a query."""
    stack = ServiceStack("postgres", provider=provider, environ=environ)

    def use() -> None:
        with stack.start()["postgres"].client() as client:
            client.execute("SELECT 1")

    try:
        return seconds(use)
    finally:
        stack.graceful_shutdown()


def measure() -> dict[str, object]:
    """Both providers in turn on an engine of its own."""
    hindrance = obstacle()
    if hindrance:
        return {"docker_start_s": None, "not_measured": f"needs a Docker engine: {hindrance}"}
    with Daemon() as daemon:
        environ = {**os.environ, **environ_for(daemon.url)}
        engine = connect(environ)
        build_all(engine.client)
        start("embedded", environ)
        figures = [(start("docker", environ), start("embedded", environ)) for _ in range(ROUNDS)]
        in_docker, embedded = map(list, zip(*figures, strict=True))
        left = list(belongings(engine, f"{OWNER}={owner(os.geteuid())}"))
    return {
        "docker_start_s": median(in_docker),
        "docker_start_worst_s": max(in_docker),
        "embedded_start_s": median(embedded),
        "left_behind": len(left),
    }


if __name__ == "__main__":
    publish("PostgreSQL in Docker answers within seconds, and nothing of it stays", measure)
