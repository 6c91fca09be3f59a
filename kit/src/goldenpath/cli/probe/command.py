"""Probe a live agent endpoint: contract, latency, isolation, reconnects, abuse; a verdict with reasons."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goldenpath.cli.commands import EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from goldenpath.probe import Report, Scenario, Target

INTERRUPTED: Final = 130
DEFAULT: Final = "agent-backend"
EXAMPLES: Final = """\
examples:
  goldenpath probe http://127.0.0.1:8000                      the reference backend
  goldenpath probe http://127.0.0.1:9000/run --scenario ag-ui an AG-UI server
  goldenpath probe --write-scenario mine.toml                 a commented file to start from
  goldenpath probe wss://agents.example/ws --scenario mine.toml --i-own-this-host agents.example

exit codes: 0 all held; 1 findings; 2 usage; 3 something asked for could not be
judged, or nothing was; 5 unreachable; 6 out of time; 130 interrupted
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("url", nargs="?", metavar="URL", help="the endpoint: http, https, ws or wss")
    parser.add_argument(
        "--scenario", metavar="NAME", default=DEFAULT, help="a built-in one or a .toml file (default: %(default)s)"
    )
    parser.add_argument("--list", action="store_true", help="print the built-in scenarios and the checks, and end")
    parser.add_argument("--write-scenario", type=Path, metavar="FILE", help="write the scenario's file, and end")
    parser.add_argument("--plan", action="store_true", help="say what would be done, and end")
    parser.add_argument(
        "--i-own-this-host", metavar="NAME", action="append", default=[], help="a host that is yours to probe"
    )
    parser.add_argument("--processes", type=count, default=1, metavar="N", help="N times the users and the load")
    parser.add_argument("--cluster", metavar="URL", default="", help="all but one of them on a Dask cluster")
    parser.add_argument("--seed", default="", help="repeats names, marks and random arrivals (default: new)")
    parser.add_argument("--json", metavar="FILE", help="the whole report; - is standard output")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="JUnit XML, a test case for each check")
    parser.add_argument("--html", type=Path, metavar="FILE", help="one page that stands alone")


def count(text: str) -> int:
    """A number of processes."""
    number = int(text)
    if not 1 <= number <= 64:
        raise ValueError(text)
    return number


def run(options: argparse.Namespace) -> int:
    """Probe, and say by the exit code whether all that was asked for held."""
    from goldenpath.environment import MissingExtra
    from goldenpath.probe import ScenarioError, TargetRefused, load_scenario, target_of
    from goldenpath.probe.crew import CrewFailed
    from goldenpath.probe.faces import console

    if options.list:
        sys.stdout.write(console.catalogue())
        return EXIT_OK
    try:
        if options.write_scenario is not None:
            return write_scenario(options.scenario, options.write_scenario)
        if not options.url:
            raise TargetRefused("say what to probe: goldenpath probe http://127.0.0.1:8000 (--help shows more)")
        scenario = load_scenario(options.scenario)
        target = target_of(options.url, options.i_own_this_host)
        beyond = scenario.beyond_its_limits(options.processes)
        if beyond:
            raise ScenarioError(f"{options.scenario}: {beyond}")
        for file in filter(None, (options.junit, options.html, options.json and Path(options.json))):
            if not file.parent.is_dir():
                raise TargetRefused(f"{file} cannot be written: there is no folder {file.parent}")
        told = sys.stderr if options.json == "-" else sys.stdout
        told.write(console.plan(target, scenario, options.processes))
        told.flush()
        if options.plan:
            return EXIT_OK
        if options.cluster and options.processes == 1:
            raise TargetRefused("--cluster runs all processes but one: say how many with --processes N, 2 or more")
        report = probe(target, scenario, options)
    except (ScenarioError, TargetRefused, MissingExtra, CrewFailed) as error:
        sys.stderr.write(f"goldenpath probe: {error}\n")
        return EXIT_USAGE
    told.write(console.written(report, colour=told.isatty()))
    write_faces(report, options)
    return INTERRUPTED if report.cause.value == "interrupted" else int(report.verdict.code)


def probe(target: Target, scenario: Scenario, options: argparse.Namespace) -> Report:
    """The report of one probe; Ctrl-C ends it early."""
    from goldenpath.probe import Probe

    def say(line: str) -> None:
        sys.stderr.write(f"... {line}\n")
        sys.stderr.flush()

    seed = options.seed or secrets.token_hex(8)
    return asyncio.run(Probe(target, scenario, seed, options.processes, options.cluster, say).run())


def write_scenario(name: str, path: Path) -> int:
    """Write a built-in scenario's file; one that is there already is left alone."""
    from goldenpath.probe import ScenarioError, builtin_text

    text = builtin_text(name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ScenarioError(f"{path} is there already and was left as it is; name another file") from None
    except OSError as error:
        raise ScenarioError(f"{path} cannot be written: {error.strerror}") from error
    sys.stdout.write(f"{path} is written; edit it, then: goldenpath probe URL --scenario {path}\n")
    return EXIT_OK


def write_faces(report: Report, options: argparse.Namespace) -> None:
    """The files that were asked for."""
    from goldenpath.keeping import write_whole

    if options.json is not None:
        text = json.dumps(report.to_json(), indent=2) + "\n"
        if options.json == "-":
            sys.stdout.write(text)
        else:
            write_whole(Path(options.json), text.encode())
    if options.junit is not None:
        from goldenpath.probe.faces.junit import junit

        write_whole(options.junit, junit(report).encode())
    if options.html is not None:
        from goldenpath.probe.faces.page import page

        write_whole(options.html, page(report).encode())
