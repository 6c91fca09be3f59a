"""Start, inspect and end stacks of real services that tests can share."""

from __future__ import annotations

import argparse
import json
import math
import shlex
import sys

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK
from goldenpath.environment import get_env
from goldenpath.services import ServiceError, ServiceStack, inventory, reaper
from goldenpath.services.provider import AUTO, PROVIDERS


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    up = actions.add_parser("up", help="start a stack that stays up; tests join it with ServiceStack(..., shared=NAME)")
    up.add_argument("services", nargs="*", default=["postgres", "redis"], help="default: postgres redis")
    up.add_argument("--name", default="default", help="default: %(default)s, which is what shared=True joins")
    up.add_argument("--provider", default=AUTO, choices=[AUTO, *PROVIDERS])
    up.add_argument("--keep", type=float, default=math.inf, metavar="SECONDS", help="how long it stays unused")
    up.add_argument("--json", action="store_true")
    up.set_defaults(act=_up)

    down = actions.add_parser("down", help="end a stack, for everybody who uses it")
    down.add_argument("name", nargs="?", default="default")
    down.add_argument("--all", action="store_true", help="every stack of yours, those of running tests too")
    down.set_defaults(act=_down)

    status = actions.add_parser("status", help="which stacks there are and where")
    status.add_argument("--json", action="store_true")
    status.set_defaults(act=_status)

    logs = actions.add_parser("logs", help="what a service wrote")
    logs.add_argument("service")
    logs.add_argument("--name", default="default")
    logs.add_argument("-n", "--lines", type=int, default=50)
    logs.set_defaults(act=_logs)

    reap = actions.add_parser("reap", help="clear up what killed stacks left behind")
    reap.set_defaults(act=_reap)


def run(options: argparse.Namespace) -> int:
    """Do it; a failure is one line and exit code 1."""
    try:
        options.act(options)
    except ServiceError as error:
        sys.stderr.write(f"goldenpath services: {error}\n")
        return EXIT_FAILED
    return EXIT_OK


def _up(options: argparse.Namespace) -> None:
    stack = ServiceStack(
        *options.services, provider=options.provider, shared=options.name, keep_warm=options.keep
    ).start()
    reasons = {name: f"{handle.provider}, because {handle.reason}" for name, handle in stack.items()}
    env = {key: value for handle in stack.values() for key, value in handle.env().items()}
    stack.stop()
    if options.json:
        _say(json.dumps({"name": options.name, "env": env, "providers": reasons}))
        return
    for name, reason in reasons.items():
        _say(f"# {name}: {reason}")
    for key, value in env.items():
        _say(f"export {key}={shlex.quote(value)}")


def _down(options: argparse.Namespace) -> None:
    found = inventory.stacks(get_env().all()) if options.all else [inventory.find(get_env().all(), options.name)]
    for stack in found:
        if stack.alive:
            stack.down()
            _say(f"{stack.name} is down")


def _status(options: argparse.Namespace) -> None:
    stacks = inventory.stacks(get_env().all())
    if options.json:
        _say(json.dumps([{"name": each.name, "state": each.state, "urls": each.urls()} for each in stacks]))
        return
    for stack in stacks:
        _say(f"{stack.name}: {stack.state}")
        for name, url in stack.urls().items():
            _say(f"  {name}: {url}")
    if not stacks:
        _say("no stack is running")


def _logs(options: argparse.Namespace) -> None:
    environ = get_env().all()
    _say(inventory.find(environ, options.name).tail(options.service, options.lines, environ))


def _reap(options: argparse.Namespace) -> None:
    orphans = reaper.reap(get_env().all())
    for orphan in orphans:
        _say(f"{orphan.directory}: killed {len(orphan.killed)} processes, ran {orphan.farewells} farewells, removed")
    from goldenpath.services.docker.provider import obstacle, reap

    without_engine = obstacle(None, get_env().all())
    cleared = [] if without_engine else reap(get_env().all())
    for each in cleared:
        _say(f"removed {each}")
    if not orphans and not cleared:
        _say("nothing was left behind")
    if without_engine:
        sys.stderr.write(f"containers were not looked for: {without_engine}\n")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
