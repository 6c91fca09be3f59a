"""Hold a capture of events (JSON lines or server-sent events) against a contract."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, Final

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from goldenpath.contracts import ContractError, Report
from goldenpath.contracts.capture import read_capture
from goldenpath.contracts.presets import PRESETS, contract_named

REMEMBERED_LINES: Final = 10_000
FORMATS: Final = ("text", "json", "junit", "sarif")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", metavar="FILE", help="the capture; - reads standard input")
    parser.add_argument(
        "--contract",
        metavar="NAME",
        default="golden-path",
        help=f"{', '.join(PRESETS)} or a .toml file (default: %(default)s)",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to report (default: %(default)s)")
    parser.add_argument("--partial", action="store_true", help="the capture may stop before the runs have ended")
    parser.add_argument("--without", metavar="RULE", action="append", default=[], help="switch a rule off, by its id")


def run(options: argparse.Namespace) -> int:
    """Check, and print the report; 0 only when every obligation was kept and there was enough to judge by."""
    try:
        contract = contract_named(options.contract).without(*options.without)
        source = opened(options.file)
    except ContractError as error:
        sys.stderr.write(f"goldenpath check-events: {error}\n")
        return EXIT_USAGE
    except OSError as error:
        sys.stderr.write(f"goldenpath check-events: {options.file} cannot be read: {error.strerror}\n")
        return EXIT_USAGE
    checker = contract.checker()
    lines: dict[int, int] = {}
    with source as capture:
        for captured in read_capture(capture):
            if checker.feed(captured.event) and len(lines) < REMEMBERED_LINES:
                lines[checker.events - 1] = captured.line
    report = checker.report() if options.partial else checker.finish()
    sys.stdout.write(written(report, options.format, options.file, lines) + "\n")
    enough = report.ok or (options.partial and report.events > 0 and report.verdict == "inconclusive")
    return EXIT_OK if enough else EXIT_FAILED


def opened(file: str) -> AbstractContextManager[BinaryIO]:
    """The capture; standard input, which stays open, for `-`."""
    return nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb")


def written(report: Report, form: str, source: str, lines: dict[int, int]) -> str:
    """The report in one of the formats."""
    if form == "json":
        return json.dumps(report.to_json())
    if form == "junit":
        return report.to_junit()
    if form == "sarif":
        return json.dumps(report.to_sarif(source, lines))
    return report.explain(lines).encode(errors="backslashreplace").decode()
