"""Small pages that are read from what stands elsewhere: exit codes, decisions, the changelog."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from goldenpath.cli.commands import COMMANDS
from goldenpath.runner.record import ExitCode

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"

CODES = {
    ExitCode.OK: "all that was asked ran and passed",
    ExitCode.FAILED: "failures; a process that died; too little coverage",
    ExitCode.USAGE: "usage: a name nobody knows, an option that would run nothing",
    ExitCode.NOTHING_RAN: "nothing was executed, or fewer than the census promises",
    ExitCode.COLLECTION: "collection errors",
    ExitCode.SERVICE: "a service that did not start",
    ExitCode.TIME: "a budget or a time-out",
}
"""What each exit code of `goldenpath run` means."""


def pages() -> dict[str, str]:
    """Every page by its path."""
    return {
        "reference/exit-codes.md": "\n".join(exit_codes()),
        "decisions/README.md": "\n".join(decisions()),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(),
        "contributing.md": (ROOT / "CONTRIBUTING.md").read_text(),
    }


def exit_codes() -> Iterator[str]:
    """The table of exit codes."""
    yield from ("# Exit codes", "", "## goldenpath run", "", "| code | name | meaning |", "|---|---|---|")
    yield from (f"| {code.value} | `{code.name}` | {CODES[code]} |" for code in ExitCode)
    others = ", ".join(f"`{name}`" for name in COMMANDS if name != "run")
    yield from ("", "The verdict names the gravest fault first and all others after it.", "")
    yield from ("## Every other command", "", f"{others}:", "", "| code | meaning |", "|---|---|")
    yield "| 0 | what was asked holds |"
    yield "| 1 | it does not hold; the output says what |"
    yield "| 2 | it was asked for something that cannot be done: the line on standard error says what was expected |"
    yield from ("| 130 | interrupted with Ctrl-C |", "")


def decisions() -> Iterator[str]:
    """The table of decisions, oldest first."""
    yield from ("# Decisions", "", "One short page each: what was decided, against what, and what it costs.", "")
    yield from ("| | decision |", "|---|---|")
    yield from (f"| {page.name[:4]} | [{title(page)}]({page.name}) |" for page in decision_pages())
    yield ""


def decision_pages() -> list[Path]:
    """The pages of the decisions, oldest first."""
    return sorted(DECISIONS.glob("[0-9]*.md"))


def title(page: Path) -> str:
    """The heading of a page."""
    return page.read_text().splitlines()[0].removeprefix("# ")
