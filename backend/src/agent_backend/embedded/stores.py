"""The embedded stores: started under a guard, reached by URLs, gone with whoever started them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import redis

from agent_backend.embedded import guard
from agent_backend.embedded.account import unprivileged
from agent_backend.embedded.errors import EmbeddedError
from agent_backend.embedded.home import Home
from agent_backend.embedded.programs import clickhouse_is_installed
from agent_backend.embedded.servers import (
    Program,
    clickhouse_url,
    postgres_answers,
    postgres_program,
    postgres_url,
    redis_program,
    redis_url,
)

START_TIMEOUT: Final = 60.0
STOP_TIMEOUT: Final = 30.0
PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class EmbeddedStores:
    """Where the embedded stores are, as the settings they stand for."""

    directory: Path
    database_url: str
    redis_url: str
    clickhouse_url: str | None
    secret_key: str = field(repr=False)

    def variables(self) -> dict[str, str]:
        """The settings of a service that works on them."""
        found = {
            "AGENT_BACKEND_DATABASE_URL": self.database_url,
            "AGENT_BACKEND_REDIS_URL": self.redis_url,
            "AGENT_BACKEND_SECRET_KEY": self.secret_key,
        }
        return found | ({"AGENT_BACKEND_CLICKHOUSE_URL": self.clickhouse_url} if self.clickhouse_url else {})


@contextmanager
def embedded_stores(environ: Mapping[str, str], *, shared: bool = False) -> Iterator[EmbeddedStores]:
    """Start the stores on the data directory and stop them at the end; refuse one that another service uses.

    `shared` says that several processes will use them: the engine of ClickHouse lives inside one and is left out.
    """
    home = Home.of(environ)
    home.prepare()
    with home.locked() as lock:
        programs = [postgres_program(home, unprivileged()), redis_program(home)]
        with _guarded(programs, lock) as ended:
            _await(home, programs, ended)
            yield _stores(home, clickhouse=not shared and clickhouse_is_installed())


@contextmanager
def embedded_database(environ: Mapping[str, str]) -> Iterator[str]:
    """The URL of the database alone: of the service that runs on the directory, or of one started for this while."""
    home = Home.of(environ)
    home.prepare()
    if home.in_use():
        if not postgres_answers(home):
            raise EmbeddedError(f"a service uses {home.path}, but its PostgreSQL does not answer yet; try again")
        yield postgres_url(home)
        return
    with home.locked() as lock:
        programs = [postgres_program(home, unprivileged())]
        with _guarded(programs, lock) as ended:
            _await(home, programs, ended)
            yield postgres_url(home)


def _stores(home: Home, *, clickhouse: bool) -> EmbeddedStores:
    return EmbeddedStores(
        home.path,
        postgres_url(home),
        redis_url(home),
        clickhouse_url(home) if clickhouse else None,
        home.secret_key(),
    )


@contextmanager
def _guarded(programs: Sequence[Program], lock: int) -> Iterator[dict[str, int]]:
    """Servers below a guard; the dictionary fills with those that ended by themselves, and their exit codes.

    The guard shares the lock: it outlives a killed owner until the last server is gone.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        pass_fds=[lock],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ended: dict[str, int] = {}
    listener = threading.Thread(target=_listen, args=(process, programs, ended), daemon=True)
    try:
        process.stdin.write(json.dumps([program.order() for program in programs]).encode() + b"\n")
        process.stdin.flush()
        listener.start()
        yield ended
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if listener.ident is not None:
            listener.join(PAUSE)
        process.stdout.close()


def _listen(process: subprocess.Popen[bytes], programs: Sequence[Program], ended: dict[str, int]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        told = json.loads(line)
        if "ended" in told:
            ended[told["ended"]] = told["code"]
        elif "failed" in told:
            ended.update(dict.fromkeys((program.name for program in programs), 127))


def _await(home: Home, programs: Sequence[Program], ended: Mapping[str, int]) -> None:
    """Wait until every server answers by its own protocol."""
    asks = {"PostgreSQL": lambda: postgres_answers(home), "Redis": lambda: _redis_answers(home)}
    deadline = time.monotonic() + START_TIMEOUT
    for program in programs:
        while not asks[program.name]():
            if program.name in ended or time.monotonic() > deadline:
                fate = f"ended with code {ended[program.name]}" if program.name in ended else "does not answer"
                raise EmbeddedError(f"the embedded {program.name} {fate}: {_last_lines(program.log)}")
            time.sleep(PAUSE)


def _redis_answers(home: Home) -> bool:
    client = redis.Redis.from_url(redis_url(home), socket_timeout=2)
    try:
        return bool(client.ping())
    except (redis.exceptions.RedisError, OSError):
        return False
    finally:
        client.close()


def _last_lines(log: Path) -> str:
    try:
        lines = log.read_text("utf-8", "replace").splitlines()[-3:]
    except OSError:
        lines = []
    return " / ".join(line.strip() for line in lines) or f"its log {log} is empty"
