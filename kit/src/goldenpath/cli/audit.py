"""Judge a test code base: which tests never run, which cannot fail, which doubles have drifted or exist sixty times."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from goldenpath.audit.auditing import Report, Request
    from goldenpath.audit.baseline import Baseline
    from goldenpath.audit.gathering import Progress
    from goldenpath.audit.trend import Day

FORMATS = ("console", "json", "sarif", "junit", "github", "html")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="what to report on (default: the whole project)"
    )
    parser.add_argument("--explain", metavar="RULE", help="print the page of a rule and end")
    parser.add_argument("--list-rules", action="store_true", help="print every rule in one line and end")
    parser.add_argument(
        "--verify-registry", action="store_true", help="import every symbol of the import registry and end"
    )
    parser.add_argument(
        "--bindings", action="store_true", help="compare the doubles with the real classes they are bound to and end"
    )
    parser.add_argument("--rules", metavar="IDS", default="", help="only rules whose ids begin so: GP5,GP602")
    parser.add_argument(
        "--format", choices=FORMATS, default="console", help="console (default), json, sarif, junit, github or html"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there instead of printing it")
    parser.add_argument("--all", action="store_true", help="list every finding, not five of each rule")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="the baseline file (default: as configured)")
    parser.add_argument("--update-baseline", action="store_true", help="accept everything that stands now")
    parser.add_argument(
        "--locked",
        action="store_true",
        default=bool(os.environ.get("CI")),
        help="never write the baseline; fail on fixed entries (default where CI is set)",
    )
    parser.add_argument(
        "--against",
        metavar="REV",
        help="compare the baseline with the one of a git revision (default: that of --changed-since)",
    )
    parser.add_argument("--changed-since", metavar="REV", help="report only on files that differ from a git revision")
    parser.add_argument(
        "--diff",
        metavar="REV",
        nargs="?",
        const="HEAD",
        help="report only on lines that differ from a git revision (default: HEAD)",
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        default="warning",
        help="the lowest severity of a new finding that fails (default: warning)",
    )
    parser.add_argument("--no-cache", action="store_true", help="keep no facts for the next run")


def run(options: argparse.Namespace) -> int:
    """Audit, print, keep the baseline, and say by the exit code whether anything new stands.

    The facts live as long as the process: frozen, the collector does not walk them once more at its end.
    """
    from goldenpath.audit.auditing import NothingToAudit, audit
    from goldenpath.audit.baseline import BaselineError
    from goldenpath.audit.catalogue import catalogue
    from goldenpath.audit.changes import GitFailed
    from goldenpath.audit.config import ConfigError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if options.list_rules:
        for rule in catalogue().values():
            sys.stdout.write(f"{rule.id} {rule.name:<28} {rule.severity.value:<8} {rule.summary}\n")
        return EXIT_OK
    if options.explain:
        return _explain(options.explain.upper())
    if options.bindings:
        return _compare_bindings()
    try:
        if options.verify_registry:
            return _verify_registry(options)
        _known_rules(options.rules)
        request = _request(options)
        report = audit(request)
        gc.freeze()
        days = _remembered(report, options)
        _print(report, days, options)
        return _settle(report, request, options)
    except (NothingToAudit, BaselineError, ConfigError, GitFailed, MissingRich) as error:
        sys.stderr.write(f"goldenpath audit: {error}\n")
        return EXIT_USAGE


class MissingRich(RuntimeError):
    """The console view needs the extra."""


def _explain(rule: str) -> int:
    from goldenpath.audit.catalogue import catalogue, page

    if rule not in catalogue():
        near = [each for each in catalogue() if each.startswith(rule[:3])] or list(catalogue())
        sys.stderr.write(f"goldenpath audit: there is no rule {rule}; there are {', '.join(near)}\n")
        return EXIT_USAGE
    sys.stdout.write(page(rule))
    return EXIT_OK


def _compare_bindings() -> int:
    from goldenpath.doubles.bindings import BindingError
    from goldenpath.doubles.drift import verify_doubles

    sys.path.insert(0, os.getcwd())
    try:
        report = verify_doubles()
    except BindingError as error:
        sys.stderr.write(f"goldenpath audit: {error}\n")
        return EXIT_USAGE
    sys.stdout.write(f"{report}\n")
    return EXIT_OK if report.ok else EXIT_FAILED


def _verify_registry(options: argparse.Namespace) -> int:
    from goldenpath.audit.config import ConfigError, load_config, project_root
    from goldenpath.audit.registry import load_registry, verify_registry

    root = project_root((options.paths or [Path()])[0].resolve())
    config = load_config(root)
    if not config.registry:
        raise ConfigError("no import registry is configured; set registry in [tool.goldenpath.audit]")
    registry = load_registry(root / config.registry)
    failures = verify_registry(registry, root)
    for symbol, error in failures.items():
        sys.stdout.write(f"{symbol} cannot be imported from {registry[symbol]}: {error}\n")
    sys.stdout.write(f"{len(registry) - len(failures)} of {len(registry)} symbols import\n")
    return EXIT_FAILED if failures else EXIT_OK


def _known_rules(wanted: str) -> None:
    from goldenpath.audit.catalogue import catalogue
    from goldenpath.audit.config import ConfigError

    for prefix in filter(None, wanted.split(",")):
        if not any(rule.startswith(prefix.strip().upper()) for rule in catalogue()):
            raise ConfigError(f"--rules {prefix}: no rule begins so; see --list-rules")


def _request(options: argparse.Namespace) -> Request:
    from goldenpath.audit.auditing import Request
    from goldenpath.audit.baseline import Baseline
    from goldenpath.audit.changes import added_lines, changed_files, file_at
    from goldenpath.audit.config import load_config, project_root

    paths = options.paths or [Path()]
    root = project_root(paths[0].resolve())
    config = load_config(root)
    lines = added_lines(root, options.diff) if options.diff else None
    changed = frozenset(lines) if lines is not None else None
    if options.changed_since:
        changed = changed_files(root, options.changed_since)
    revision = options.against or options.changed_since
    reference = None
    if revision:
        text = file_at(root, revision, config.baseline)
        reference = Baseline.parse(text, f"{config.baseline} of {revision}") if text is not None else None
    return Request(
        paths=paths,
        config=config,
        rules=tuple(prefix.strip().upper() for prefix in options.rules.split(",") if prefix.strip()),
        baseline=options.baseline,
        reference=reference,
        locked=options.locked,
        changed=changed,
        added_lines=lines,
        keep_facts=not options.no_cache,
        progress=_progress(options),
    )


def _progress(options: argparse.Namespace) -> Progress | None:
    """A counter on a terminal's error stream, redrawn at most a hundred times, gone at the end."""
    if options.format != "console" or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        if total > 500 and (done % max(total // 100, 1) == 0 or done == total):
            filled = 30 * done // total
            sys.stderr.write(
                f"\r[{'#' * filled}{'.' * (30 - filled)}] {done:,}/{total:,} files"
                if done < total
                else "\r" + " " * 60 + "\r"
            )
            sys.stderr.flush()

    return show


def _remembered(report: Report, options: argparse.Namespace) -> list[Day]:
    """The trend of the project's score, this audit included when it was a full one."""
    from goldenpath.audit.trend import load_trend, save_trend, trend_path, with_report

    path = trend_path(report.root)
    before = load_trend(path)
    days = with_report(before, report, date.today())
    if days != before and not options.no_cache:
        try:
            save_trend(path, days)
        except OSError as error:
            sys.stderr.write(f"goldenpath audit: the score is not kept for the trend: {error}\n")
    return days


def _print(report: Report, days: list[Day], options: argparse.Namespace) -> None:
    text = "" if options.format == "console" else _document(report, days, options.format)
    if options.output:
        with options.output.open("w", encoding="utf-8", errors="backslashreplace") as file:
            if options.format == "console":
                _console(report, file, options.all)
            file.write(text)
    elif options.format == "console":
        _console(report, sys.stdout, options.all)
    else:
        sys.stdout.write(text)


def _document(report: Report, days: list[Day], form: str) -> str:
    if form == "html":
        from goldenpath.audit.faces.page import as_html

        return as_html(report, days)
    from goldenpath.audit.faces import documents

    makers = {
        "json": documents.as_json,
        "sarif": documents.as_sarif,
        "junit": documents.as_junit,
        "github": documents.as_github,
    }
    return makers[form](report)


def _console(report: Report, file: TextIO, everything: bool) -> None:
    try:
        from rich.console import Console
    except ImportError:
        raise MissingRich(
            "the console view needs rich: pip install 'goldenpath[audit]' (or use --format json)"
        ) from None
    from goldenpath.audit.faces.console import console

    out = Console(
        file=file,
        highlight=False,
        emoji=False,
        markup=False,
        width=None if file.isatty() or "COLUMNS" in os.environ else 120,
    )
    console(report, out, everything)


def _settle(report: Report, request: Request, options: argparse.Namespace) -> int:
    from goldenpath.audit.auditing import shrunk
    from goldenpath.audit.baseline import Baseline as Kept

    path = request.baseline or report.root / (request.config.baseline if request.config else "")
    before = Kept.load(path)
    if options.update_baseline:
        return _update(report, before, path, options.locked)
    if before is not None and not options.locked:
        after = shrunk(report, before)
        if after != before:
            after.save(path)
            _say(options, f"The baseline shrank from {len(before.entries)} to {len(after.entries)} findings.\n")
    ranks = ("info", "warning", "error", "never")
    lowest = ranks.index(options.fail_on)
    return EXIT_FAILED if any(ranks.index(finding.severity.value) >= lowest for finding in report.new) else EXIT_OK


def _update(report: Report, before: Baseline | None, path: Path, locked: bool) -> int:
    from goldenpath.audit.baseline import Baseline

    if locked:
        sys.stderr.write(
            "goldenpath audit: --update-baseline is refused where the baseline is locked; run it on your own machine\n"
        )
        return EXIT_USAGE
    standing = [finding for finding in report.findings if not finding.rule.startswith("GP9")]
    after = Baseline.of(standing, report.score.value if report.complete else (before.score if before else None))
    if not report.complete and before is not None:
        gone = report.fixed
        after = Baseline(after.entries | (before.entries - gone), before.score)
    after.save(path)
    grown = len(after.entries) - len(before.entries if before else ())
    sys.stderr.write(f"{path.name}: {len(after.entries)} findings accepted ({grown:+d})\n")
    return EXIT_OK


def _say(options: argparse.Namespace, text: str) -> None:
    (sys.stdout if options.format == "console" and not options.output else sys.stderr).write(text)
