"""Walk the golden path of several tenants at once on real services, every event checked as it arrives."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from goldenpath.cli.demo.journey import Journey
    from goldenpath.services import Service

EXIT_SERVICE: Final = 5
NEEDS: Final = {
    "agent_backend": "pip install goldenpath-backend",
    "psycopg": "pip install 'goldenpath[services]'",
    "websockets": "pip install 'goldenpath[live]'",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=port, default=0, help="port of the backend (default: a free one)")
    parser.add_argument("--plain", action="store_true", help="print lines instead of a live table")


def port(text: str) -> int:
    """A TCP port; 0 means a free one."""
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise ValueError(text)
    return number


def run(options: argparse.Namespace) -> int:
    """Run the demo; 0 only if everything it promises held."""
    missing = {name: cure for name, cure in NEEDS.items() if find_spec(name) is None}
    if missing:
        sys.stderr.write(f"goldenpath demo: {', '.join(missing)} not installed; {'; '.join(missing.values())}\n")
        return EXIT_USAGE

    from goldenpath.cli.demo.backend import UnexpectedAnswer
    from goldenpath.live import LiveError
    from goldenpath.services import ServiceError

    try:
        journeys = demonstrate(options)
    except ServiceError as error:
        sys.stderr.write(f"goldenpath demo: {error}\n")
        return EXIT_SERVICE
    except ExceptionGroup as group:
        broken, unforeseen = group.split((LiveError, UnexpectedAnswer, OSError))
        if unforeseen is not None or broken is None:
            raise
        for failure in broken.exceptions:
            sys.stderr.write(f"goldenpath demo: {failure}\n")
        return EXIT_FAILED
    return EXIT_OK if all(check.held for journey in journeys for check in journey.checks) else EXIT_FAILED


def demonstrate(options: argparse.Namespace) -> list[Journey]:
    """Start everything, walk, tell, and stop everything."""
    from goldenpath.cli.demo import analytics
    from goldenpath.cli.demo.journey import walk_together
    from goldenpath.cli.demo.usage import tenants
    from goldenpath.cli.demo.view import choose
    from goldenpath.services import ServiceStack

    view = choose(plain=options.plain)
    names = ["postgres", "redis", *(["clickhouse"] if analytics.installed() else [])]
    view.note(f"starting {', '.join(names)} and the reference backend …")
    if not analytics.installed():
        view.note(analytics.ABSENT)
    with ServiceStack(*names, backend(options.port)) as stack:
        view.note(f"the backend answers at {stack['backend'].url}")
        companies = tenants()
        view.note(f"{len(companies)} companies load ninety days of model calls and ask three questions each")
        with view.live([tenant.name for tenant in companies]):
            journeys = asyncio.run(walk_together(companies, stack["backend"].url, view.event))
        if "clickhouse" in stack:
            analytics.compare(stack["clickhouse"], journeys)
        view.summary(journeys)
    held = sum(check.held for journey in journeys for check in journey.checks)
    view.note(f"{held} of {sum(len(journey.checks) for journey in journeys)} promises held")
    return journeys


def backend(port: int) -> Service:
    """The reference backend as a service of the stack."""
    from goldenpath.services import Announces, Service

    return Service(
        "backend",
        command=[sys.executable, "-m", "agent_backend", "serve", "--migrate", "--port", str(port)],
        needs=["postgres", "redis"],
        env={
            "AGENT_BACKEND_DATABASE_URL": "{postgres.url}",
            "AGENT_BACKEND_REDIS_URL": "{redis.url}",
            "AGENT_BACKEND_SECRET_KEY": secrets.token_urlsafe(48),
        },
        ready=Announces("url"),
    )
