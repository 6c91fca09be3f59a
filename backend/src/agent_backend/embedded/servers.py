"""What is started, with which options, and where it is reached afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg

from agent_backend.embedded.account import Account, blocked_at, within_reach
from agent_backend.embedded.errors import EmbeddedError
from agent_backend.embedded.home import VARIABLE, Home
from agent_backend.embedded.programs import Postgres, find_postgres, find_redis

SUPERUSER: Final = "agent_backend"
POSTGRES_OPTIONS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Program:
    """One server, as the guard starts and stops it."""

    name: str
    argv: list[str]
    cwd: Path
    log: Path
    stop_signal: signal.Signals
    account: Account | None = None
    env: dict[str, str] = field(default_factory=lambda: {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"})
    grace: float = 10.0

    def order(self) -> dict[str, Any]:
        """What the guard reads."""
        return {
            "name": self.name,
            "argv": self.argv,
            "cwd": str(self.cwd),
            "log": str(self.log),
            "stop_signal": int(self.stop_signal),
            "account": self.account,
            "env": self.env,
            "grace": self.grace,
        }


def postgres_url(home: Home) -> str:
    """Where PostgreSQL is reached: over a socket in a folder that nobody else may enter, and in no other way."""
    return f"postgresql://{SUPERUSER}@/postgres?host={quote(str(home.sockets), safe='')}"


def redis_url(home: Home) -> str:
    """Where Redis is reached."""
    return f"unix://{home.redis / 'redis.sock'}"


def clickhouse_url(home: Home) -> str:
    """Where the engine inside the process keeps its data."""
    return f"chdb://{home.clickhouse}"


def postgres_program(home: Home, account: Account | None) -> Program:
    """PostgreSQL on the data of this directory, which is made when there is none."""
    postgres = find_postgres()
    if account is not None:
        if (folder := blocked_at(account, home.path)) is not None:
            raise EmbeddedError(
                f"PostgreSQL refuses to run as root, and account {account.uid}, under which it would run, may not pass "
                f"{folder}; set {VARIABLE} to a directory that it reaches"
            )
        home.programs.mkdir(mode=0o755, exist_ok=True)
        postgres = Postgres(within_reach(account, postgres.folder, home.programs))
    _own(home.sockets, account)
    _make_cluster(postgres, home, account)
    options = POSTGRES_OPTIONS | {"unix_socket_directories": str(home.sockets), "unix_socket_permissions": "0700"}
    argv = [str(postgres.server), "-D", str(home.postgres), *(f"--{name}={value}" for name, value in options.items())]
    return Program("PostgreSQL", argv, home.postgres, home.postgres_log, signal.SIGINT, account)


def redis_program(home: Home) -> Program:
    """Redis, which keeps nothing: what is in it may be lost."""
    server = find_redis()
    home.redis.mkdir(mode=0o700, exist_ok=True)
    settings = home.redis / "redis.conf"
    options = {"unixsocket": redis_url(home).removeprefix("unix://"), "unixsocketperm": "700", "port": "0"}
    options |= {"save": "", "appendonly": "no", "dir": str(home.redis), "daemonize": "no"}
    settings.write_text("".join(f'{name} "{value}"\n' for name, value in options.items()))
    return Program("Redis", [str(server), str(settings)], home.redis, home.redis / "log", signal.SIGTERM)


def _make_cluster(postgres: Postgres, home: Home, account: Account | None) -> None:
    """A new data directory gets its name only when it is complete."""
    version = home.postgres / "PG_VERSION"
    if version.exists():
        made_by, here = version.read_text().strip(), postgres.major()
        if made_by != str(here):
            raise EmbeddedError(
                f"the data in {home.postgres} belongs to PostgreSQL {made_by}, here is {here}; install that version, "
                f"or set {VARIABLE} to another directory"
            )
        return
    unfinished = home.postgres.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    _own(unfinished, account)
    command = [str(postgres.initdb), "-D", str(unfinished), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C"]
    identity: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    made = subprocess.run(command, capture_output=True, text=True, env=env, cwd=unfinished, check=False, **identity)
    if made.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not make its data directory: {made.stderr.strip()[-500:]}")
    unfinished.rename(home.postgres)


def _own(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, *account)


def postgres_answers(home: Home) -> bool:
    """Whether PostgreSQL takes queries."""
    try:
        with psycopg.connect(postgres_url(home), connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
