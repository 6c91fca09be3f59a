"""The table of commands: the one place a new command is entered."""

from __future__ import annotations

from typing import Final, NamedTuple

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2


class Command(NamedTuple):
    """A command: where it lives and what it does, in the words of `goldenpath --help`.

    The module offers `configure(parser)`, which declares the options, and `run(options)`, which returns the exit code.
    """

    module: str
    summary: str
    passes_on: bool = False
    """What follows `--` is for another program; the options have it as `passed_on`."""


COMMANDS: Final[dict[str, Command]] = {
    "run": Command("goldenpath.cli.run", "plan and run the tests, and prove what ran", passes_on=True),
    "evidence": Command("goldenpath.cli.evidence", "check what runs left behind: untouched, consistent, complete"),
    "secrets": Command("goldenpath.cli.secrets", "check that the secrets of a deployment are there and good enough"),
    "services": Command("goldenpath.cli.services", "start, inspect and end real services that tests share"),
    "demo": Command("goldenpath.cli.demo", "walk the golden path on real services, checked while you watch"),
    "audit": Command(
        "goldenpath.cli.audit", "judge the suite: tests that never run or cannot fail, doubles that drifted"
    ),
    "migrate": Command("goldenpath.cli.migrate", "rewrite what the audit can mend for certain, and undo it again"),
    "census": Command("goldenpath.cli.census", "count the tests that stand in the files, and say which never run"),
    "probe": Command("goldenpath.cli.probe", "check a live agent endpoint from outside: contract, isolation, abuse"),
    "init": Command("goldenpath.cli.init", "add the toolkit to a project: settings, CI, hook; undoes nothing"),
    "find": Command("goldenpath.cli.find", "look for what exists already, before it is written once more"),
    "mcp": Command("goldenpath.cli.mcp", "offer find, census, audit and migrate to coding assistants"),
    "check-events": Command("goldenpath.cli.check_events", "hold a capture of events against a contract"),
    "completion": Command("goldenpath.cli.completion", "print the completion of bash, zsh or fish"),
    "man": Command("goldenpath.cli.manual", "print the manual page"),
}
