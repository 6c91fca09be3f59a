"""Real stores, the real service in a process of its own, and visitors who use it as a browser would."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import psycopg
import pytest
from psycopg import sql
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect

from goldenpath import ServiceStack

PATIENCE = 30.0
SECRET_KEY = "a secret key for this test run only, 0123456789"
COMMAND = [sys.executable, "-m", "agent_backend"]
SERVE = [*COMMAND, "serve", "--port", "0"]


def settings(database_url: str, redis_url: str, **changes: str) -> dict[str, str]:
    """The environment of a service that works, with some of it changed."""
    working = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": SECRET_KEY}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AGENT_BACKEND_")}
    return inherited | {f"AGENT_BACKEND_{name}": value for name, value in (working | changes).items()}


@dataclass
class Backend:
    """A running service."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    log: Path
    database_url: str

    @property
    def url(self) -> str:
        return self.ready["url"]

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database holds, as its owner sees it."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement, values).fetchall()

    def execute(self, statement: str) -> None:
        """Change the database behind the service's back."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(statement)

    @contextmanager
    def agents_held(self) -> Iterator[None]:
        """While this lasts, whoever adds up usage records waits."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute("LOCK TABLE usage_records IN ACCESS EXCLUSIVE MODE")
            yield

    def visitor(self, tenant: str | None = None) -> Visitor:
        """Someone who has founded a tenant and logged in."""
        return Visitor(self.url, tenant or f"tenant-{secrets.token_hex(6)}").register().log_in()


@dataclass
class Visitor:
    """One user of one tenant."""

    url: str
    tenant: str
    email: str = "ada@example.test"
    password: str = "correct horse"
    token: str = ""

    @property
    def credentials(self) -> dict[str, str]:
        return {"tenant": self.tenant, "email": self.email, "password": self.password}

    def request(self, method: str, path: str, body: object = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx2.request(method, self.url + path, json=body, headers=headers, timeout=PATIENCE)

    def must(self, method: str, path: str, body: object = None) -> Any:
        response = self.request(method, path, body)
        assert response.is_success, response.text
        return response.json()

    def register(self) -> Visitor:
        self.must("POST", "/api/register", self.credentials)
        return self

    def log_in(self) -> Visitor:
        self.token = self.must("POST", "/api/login", self.credentials)["access_token"]
        return self

    def colleague(self, email: str) -> Visitor:
        self.must("POST", "/api/users", {"email": email, "password": self.password})
        return Visitor(self.url, self.tenant, email).log_in()

    def spend(self, **costs: str) -> Visitor:
        """Load one usage record per model."""
        call = {"occurred_at": "2026-11-01T10:00:00Z", "team": "search", "prompt_tokens": 100, "completion_tokens": 50}
        records = [call | {"latency_ms": 90, "model": model, "cost": cost} for model, cost in costs.items()]
        self.must("POST", "/api/usage", {"records": records})
        return self

    def ticket(self, **order: int) -> str:
        return self.must("POST", "/api/tickets", order)["ticket"]

    def at(self, other: Backend) -> Visitor:
        """The same user, talking to another instance."""
        return replace(self, url=other.url)

    @contextmanager
    def open(self, ticket: str | None = None) -> Iterator[Tab]:
        """A socket whose first frame is still to be read; raises InvalidStatus where the handshake is refused."""
        query = urlencode({"ticket": self.ticket() if ticket is None else ticket})
        with connect(f"ws://{urlsplit(self.url).netloc}/ws?{query}", open_timeout=PATIENCE) as socket:
            yield Tab(socket)

    @contextmanager
    def connected(self) -> Iterator[Tab]:
        """A socket that is ready."""
        with self.open() as tab:
            assert tab.receive()["type"] == "connection_established"
            yield tab


@dataclass
class Tab:
    """One open page: a socket, and what is read from it."""

    socket: ClientConnection

    def say(self, **message: object) -> None:
        self.socket.send(json.dumps(message))

    def ask(self, text: str = "What do we spend?", thread_id: str | None = None, message_id: str = "") -> str:
        """Send a question and return the id of the message."""
        message_id = message_id or f"message-{secrets.token_hex(6)}"
        self.say(type="ask", thread_id=thread_id, text=text, client_message_id=message_id)
        return message_id

    def receive(self) -> dict[str, Any]:
        """The next frame."""
        return json.loads(self.socket.recv(timeout=PATIENCE))

    def receive_run(self, *begun: dict[str, Any]) -> list[dict[str, Any]]:
        """All frames up to the end of a run, or a refusal; those that are here already come first."""
        frames = list(begun)
        while not frames or frames[-1]["type"] not in {"agent_completed", "agent_error", "error"}:
            frames.append(self.receive())
        return frames

    def resume(self, run_id: str, after: int, epoch: int = 1) -> None:
        """Say what is here already of a run."""
        self.say(type="resume", run=run_id, epoch=epoch, after=after)

    def told_before_the_answer(self, after: int) -> list[dict[str, Any]]:
        """Who resumes a run that goes on may be told of it before the answer; this is what will not come again."""
        told: list[dict[str, Any]] = []
        while (frame := self.receive())["type"] != "resume":
            told.append(frame)
        kept = frame["payload"]["after"] - after
        assert 0 <= kept <= len(told)
        return told[:kept]

    def closed(self) -> Close | None:
        """How the service closes the socket, after frames that are not looked at."""
        while True:
            try:
                self.receive()
            except ConnectionClosed as closed:
                return closed.rcvd


@pytest.fixture(scope="session")
def stores() -> Iterator[ServiceStack]:
    with ServiceStack("postgres", "redis") as stack:
        yield stack


@pytest.fixture(scope="session")
def redis_url(stores: ServiceStack) -> str:
    return stores["redis"].url


@pytest.fixture(scope="session")
def new_database(stores: ServiceStack) -> Iterator[Callable[[], str]]:
    """Makes empty databases, and drops them at the end."""
    postgres = stores["postgres"]
    made: list[str] = []

    def make() -> str:
        name = f"backend_{secrets.token_hex(6)}"
        with psycopg.connect(postgres.admin_url or postgres.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append(name)
        return urlsplit(postgres.url)._replace(path=f"/{name}").geturl()

    yield make
    with psycopg.connect(postgres.admin_url or postgres.url, autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def migrated_database(new_database: Callable[[], str]) -> Callable[[], str]:
    """Makes databases with the schema of this program."""

    def make() -> str:
        url = new_database()
        _migrate(url)
        return url

    return make


@pytest.fixture(scope="session")
def working_env(redis_url: str) -> Callable[[str], dict[str, str]]:
    """Makes the environment of a service that works on a database."""
    return lambda database_url: settings(database_url, redis_url)


@pytest.fixture(scope="session")
def start_backend(
    new_database: Callable[[], str], redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Backend]]:
    """Starts services, each on a database of its own or on stores of its own, and stops them at the end."""
    with ExitStack() as stack:

        def start(
            stores: ServiceStack | None = None,
            beside: Backend | None = None,
            command: Sequence[str] = SERVE,
            **changes: str,
        ) -> Backend:
            """On stores of its own, or beside another instance, and with some settings changed."""
            if beside is not None:
                database_url = beside.database_url
            else:
                database_url = stores["postgres"].url if stores else new_database()
                _migrate(database_url)
            log = tmp_path_factory.mktemp("backend") / "log"
            with log.open("w") as stderr:
                process = subprocess.Popen(
                    command,
                    env=settings(database_url, stores["redis"].url if stores else redis_url, **changes),
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                )
            stack.callback(_end, process)
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text()
            return Backend(process, json.loads(line), log, database_url)

        yield start


def _migrate(url: str) -> None:
    subprocess.run([*COMMAND, "migrate"], env=settings(url, "redis://unused"), check=True, capture_output=True)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(PATIENCE)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture(scope="session")
def backend(start_backend: Callable[[], Backend]) -> Backend:
    """One service for all tests that leave it as it was."""
    return start_backend()
