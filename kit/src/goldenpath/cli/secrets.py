"""Check, before a deployment, that every secret it needs is there, readable, non-empty, injectable and good enough."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from goldenpath.environment.faults import SecretPlanError
from goldenpath.environment.secret import SecretCheck, SecretStage
from goldenpath.environment.secret_plan import read_secret_plan

HEADINGS = {
    SecretStage.EXISTS: "exists",
    SecretStage.READABLE: "readable",
    SecretStage.NON_EMPTY: "non-empty",
    SecretStage.INJECTED: "injected",
    SecretStage.RULE: "rule",
}
MARKS = {True: "yes", False: "NO", None: "-"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the one action there is."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="walk every secret of a file through the five stages", allow_abbrev=False)
    check.add_argument("file", metavar="FILE", help="TOML file that names sources, secrets and rules")


def run(options: argparse.Namespace) -> int:
    """Print the table of stages and what failed; 0 when every secret passed, 1 when one did not, 2 for a bad file."""
    try:
        checks = read_secret_plan(options.file).check()
    except SecretPlanError as error:
        sys.stderr.write(f"goldenpath secrets: {error}\n")
        return EXIT_USAGE
    failures = [check for check in checks if not check.ok]
    sys.stdout.write(table(checks))
    sys.stdout.write("".join(f"\n{check}" for check in failures))
    sys.stdout.write(f"\n{len(checks) - len(failures)} of {len(checks)} secrets passed every stage\n")
    return EXIT_FAILED if failures else EXIT_OK


def table(checks: Sequence[SecretCheck]) -> str:
    """One line per secret, one column per stage."""
    rows = [("secret", "source", "identity", *HEADINGS.values())]
    for check in checks:
        stages = (MARKS[check.passed(stage)] for stage in HEADINGS)
        rows.append((check.secret, check.source, check.identity, *stages))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)
