"""Plan, run and prove: the one entry point for the tests of a project."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldenpath.cli.commands import EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from goldenpath.runner.request import Request
    from goldenpath.runner.settings import Settings

_EPILOG = """\
exit codes: 0 all that was asked ran and passed; 1 failures; 2 usage; 3 nothing executed, or fewer than the census
promises; 4 collection errors; 5 service failure; 6 budget or time-out. What follows -- goes to pytest."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, node ids (default: as pytest has it)")
    _what(parser.add_argument_group("what to run"))
    _where(parser.add_argument_group("against what"))
    _how(parser.add_argument_group("how"))
    _faces(parser.add_argument_group("what to show"))


def _what(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--categories", metavar="A,B", default="", help="these, and what they need")
    group.add_argument("--layers", metavar="A,B", default="", help="the categories of these layers")
    group.add_argument("--mode", metavar="MODE", default="", help="fast_feedback, nightly, full, or one of your own")
    group.add_argument("--only", action="store_true", help="leave out what the named categories need")
    group.add_argument("--pattern", metavar="GLOB", default="", help="files whose name matches")
    group.add_argument("--markers", "-m", metavar="EXPR", default="", help="as pytest -m")
    group.add_argument("--keyword", "-k", metavar="EXPR", default="", help="as pytest -k")
    group.add_argument("--changed-since", metavar="REV", default="", help="only what a change since then can touch")
    group.add_argument("--shard", metavar="I/N", default="", help="one of N disjoint parts, the same on every machine")
    group.add_argument("--resume-from", metavar="RUN", default="", help="only what that run (or `last`) left undone")
    group.add_argument("--failed-first", action="store_true", help="begin with what failed the last time")
    group.add_argument("--list-categories", action="store_true", help="print the table of categories and end")
    group.add_argument("--plan", action="store_true", help="collect, print the plan and end")


def _where(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--env", metavar="ENV", default="test", help="test (default), dev, staging or prod")
    group.add_argument("--allow-prod", action="store_true", help="needed with --env prod")
    group.add_argument("--real-services", action="store_true", help="run tests marked real_services as well")
    group.add_argument("--real-llm", action="store_true", help="run tests marked real_llm as well")
    group.add_argument("--no-docker", action="store_true", help="embedded services only")


def _how(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--workers", "-n", metavar="N", default="1", help="processes; auto: one per core")
    group.add_argument("--cluster", metavar="URL", default="", help="run on the workers of a Dask scheduler")
    group.add_argument("--fast-fail", "-x", action="store_true", help="stop at the first failure")
    group.add_argument(
        "--fail-fast-mode", metavar="MODE", default="", help="never, first, category or layer, over every layer's own"
    )
    group.add_argument("--timeout", type=float, metavar="SECONDS", help="per test; the stack is in the report")
    group.add_argument("--budget", type=float, metavar="SECONDS", help="for the whole run")
    group.add_argument("--retries", type=int, default=0, metavar="N", help="try a failed test again; shown as flaky")
    group.add_argument("--forbid-skips", action="store_true", help="a skipped test fails the run")
    group.add_argument("--coverage", action="store_true", help="measure coverage over all processes")
    group.add_argument("--min-coverage", type=float, metavar="PERCENT", help="fail below it; implies --coverage")


def _faces(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--progress", metavar="FACE", default="", help="rich, plain or json")
    group.add_argument("--performance-tracking", action="store_true", help="slowest, flakiest, regressions")
    group.add_argument("--json", type=Path, metavar="FILE", help="the whole record (- is standard output)")
    group.add_argument("--junit", type=Path, metavar="FILE", help="a JUnit report")
    group.add_argument("--html", type=Path, metavar="FILE", help="a report in one self-contained page")
    group.add_argument("--ctrf", type=Path, metavar="FILE", help="a CTRF report")
    group.add_argument("--github", action="store_true", help="annotations for GitHub Actions")


def run(options: argparse.Namespace) -> int:
    """Run; the exit code says what became of it."""
    from goldenpath.runner.settings import UsageError, load_settings, project_root

    try:
        settings = load_settings(project_root(Path.cwd()))
        if options.list_categories:
            sys.stdout.write(_table(settings))
            return EXIT_OK
        request = make_request(options)
        return _plan(request, settings) if options.plan else _run(request, settings)
    except UsageError as error:
        sys.stderr.write(f"goldenpath run: {error}\n")
        return EXIT_USAGE


def _run(request: Request, settings: Settings) -> int:
    """The process that collects is started before the rest is imported: both take their time at once."""
    from goldenpath.runner.opened import open_run

    with open_run(request) as opened:
        from goldenpath.runner.coverage import require_coverage
        from goldenpath.runner.faces import open_faces
        from goldenpath.runner.history import history_path, open_history
        from goldenpath.runner.run import Run

        if request.coverage:
            require_coverage()
        history = open_history(history_path(settings.root, os.environ))
        faces = open_faces(request.faces, history)
        record = Run(request, settings, history, faces, arguments=tuple(sys.argv[1:])).go(opened)
    return int(record.verdict.code)


def _plan(request: Request, settings: Settings) -> int:
    from goldenpath.runner.history import history_path, open_history
    from goldenpath.runner.planning import planned

    sys.stdout.write(planned(request, settings, open_history(history_path(settings.root, os.environ))))
    return EXIT_OK


def make_request(options: argparse.Namespace) -> Request:
    """From the words of the command line."""
    from goldenpath.runner.layers import FailFast
    from goldenpath.runner.request import Request, Shard
    from goldenpath.runner.seams import FaceSettings
    from goldenpath.runner.settings import one_of

    mode = options.fail_fast_mode
    if mode:
        one_of("--fail-fast-mode", mode, list(FailFast))
    policy = FailFast.FIRST if options.fast_fail else FailFast(mode) if mode else None
    return Request(
        paths=tuple(options.paths),
        categories=_names(options.categories),
        layers=_names(options.layers),
        mode=options.mode,
        alone=options.only,
        env=options.env,
        allow_prod=options.allow_prod,
        real_services=options.real_services,
        real_llm=options.real_llm,
        no_docker=options.no_docker,
        workers=_workers(options.workers),
        fail_fast=policy,
        pattern=options.pattern,
        markers=options.markers,
        keyword=options.keyword,
        failed_first=options.failed_first,
        changed_since=options.changed_since,
        shard=Shard.parse(options.shard) if options.shard else None,
        resume_from=options.resume_from,
        cluster=options.cluster,
        coverage=options.coverage or options.min_coverage is not None,
        min_coverage=options.min_coverage,
        timeout=options.timeout,
        budget=options.budget,
        retries=options.retries,
        forbid_skips=options.forbid_skips,
        pytest_arguments=tuple(options.passed_on),
        faces=FaceSettings(
            progress=_progress(options.progress),
            json=options.json,
            junit=options.junit,
            html=options.html,
            ctrf=options.ctrf,
            github=options.github,
            performance=options.performance_tracking,
        ),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _workers(text: str) -> int:
    from goldenpath.runner.settings import UsageError

    if text == "auto":
        return os.cpu_count() or 1
    if not text.isdecimal():
        raise UsageError(f"--workers {text}: a number, or auto")
    return int(text)


def _progress(given: str) -> str:
    from goldenpath.runner.settings import one_of

    if given:
        return one_of("--progress", given, ("rich", "plain", "json"))
    return "rich" if sys.stdout.isatty() else "plain"


def _table(settings: Settings) -> str:
    rows: list[tuple[Any, ...]] = [("category", "layer", "needs", "what")]
    rows += [
        (row.name, row.layer, ", ".join(row.needs) or "-", row.summary or " ".join(row.command))
        for row in settings.categories.rows.values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    layers = [
        f"{layer.name}: {layer.budget / 60:g} min, {layer.threshold:.0%} must pass, a failure stops {layer.fail_fast}"
        for layer in settings.layers.values()
    ]
    return "\n".join([*(line.rstrip() for line in lines), "", *layers, ""])
