"""Rewrite what is certain to be mended: environment reads, relative imports, async cases, covered and legacy mocks."""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from goldenpath.audit.inspection import Inspection
    from goldenpath.audit.migration import Migrated
    from goldenpath.audit.project import View


class CannotVerify(RuntimeError):
    """The tests cannot be run, so nothing can be said about them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="what to rewrite (default: the project's tests)"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the differences and write nothing")
    parser.add_argument("--interactive", action="store_true", help="ask before each file")
    parser.add_argument(
        "--only", metavar="STEPS", help="environment, imports, async, mocks, classes, legacy; several with commas"
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="run pytest on each file before and after; one with a test that no longer passes is put back",
    )
    parser.add_argument("--undo", action="store_true", help="put back what the last migration of this project changed")
    parser.add_argument(
        "--clusters", action="store_true", help="show the duplicate doubles and what each offers, and end"
    )


def run(options: argparse.Namespace) -> int:
    """Migrate, or undo."""
    from goldenpath.audit.auditing import NothingToAudit
    from goldenpath.audit.config import ConfigError, project_root
    from goldenpath.audit.migration import STEPS

    paths = options.paths or [Path()]
    root = project_root(paths[0].resolve())
    if options.undo:
        return _undo(root)
    only = tuple(filter(None, (options.only or ",".join(STEPS)).split(",")))
    unknown = sorted(set(only) - set(STEPS))
    if unknown:
        sys.stderr.write(f"goldenpath migrate: there is no step {unknown[0]!r}; the steps are {', '.join(STEPS)}\n")
        return EXIT_USAGE
    try:
        inspection = _look(paths)
    except (NothingToAudit, ConfigError) as error:
        sys.stderr.write(f"goldenpath migrate: {error}\n")
        return EXIT_USAGE
    if options.clusters:
        return _show_clusters(inspection)
    try:
        return _migrate(inspection, root, only, options)
    except CannotVerify as error:
        sys.stderr.write(f"goldenpath migrate: {error}\n")
        return EXIT_USAGE


def _look(paths: list[Path]) -> Inspection:
    from goldenpath.audit.auditing import Request, audit

    return audit(Request(paths=paths, rules=("GP0",))).inspection


def _migrate(inspection: Inspection, root: Path, only: tuple[str, ...], options: argparse.Namespace) -> int:
    kept: dict[str, tuple[bytes, bytes]] = {}
    refused = edits = worse = wanted = files = 0
    try:
        for view, result in _results(inspection, root, only):
            for refusal in result.refusals:
                refused += 1
                sys.stdout.write(f"{view.path}:{refusal.line}: left alone: {refusal.reason}\n")
            if not result.changed:
                continue
            wanted, files = wanted + result.edits, files + 1
            if options.dry_run or options.interactive:
                sys.stdout.writelines(_difference(view.path, result))
            if options.dry_run or (options.interactive and not _agreed(view.path)):
                continue
            kept[view.path] = (result.before, result.after)
            if _write(root, view.path, result, options.verify):
                edits += result.edits
            else:
                worse += 1
                del kept[view.path]
                sys.stdout.write(f"{view.path}: put back: a test of it passed before and does not after\n")
    finally:
        if kept:
            _remember(root, kept)
    left = f"{refused} places left alone"
    if options.dry_run:
        sys.stdout.write(f"{wanted} edits in {files} files would be made; {left}; nothing was written.\n")
    else:
        sys.stdout.write(f"{edits} edits in {len(kept)} files; {left}; {worse} files put back.\n")
    return EXIT_FAILED if worse else EXIT_OK


def _results(inspection: Inspection, root: Path, only: tuple[str, ...]) -> Iterator[tuple[View, Migrated]]:
    from goldenpath.audit.migration import migrate_file
    from goldenpath.audit.project import module_name

    project = inspection.project
    for view in project.views():
        if view.place.in_tests and not view.has("problems"):
            name = module_name(view.path, project.chain_root(view.path))
            inside = project.chain_root(view.path) != view.package
            package = (name if view.path.endswith("__init__.py") else name.rpartition(".")[0]) if inside else ""
            data = (root / view.path).read_bytes()
            yield view, migrate_file(data, package, only, inspection.imported_names)


def _difference(path: str, result: Migrated) -> Iterator[str]:
    before, after = (
        data.decode("utf-8", "replace").splitlines(keepends=True) for data in (result.before, result.after)
    )
    for line in difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n"


def _agreed(path: str) -> bool:
    sys.stdout.write(f"Rewrite {path}? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _write(root: Path, path: str, result: Migrated, verify: bool) -> bool:
    """Write one file; with `verify` only if every test of it that passed before passes afterwards."""
    passed = _passing(root, path) if verify else frozenset()
    _replace(root / path, result.after)
    if passed and not passed <= _passing(root, path):
        _replace(root / path, result.before)
        return False
    return True


def _passing(root: Path, path: str) -> frozenset[str]:
    """The tests of a file that pass."""
    from tempfile import TemporaryDirectory
    from xml.etree import ElementTree as ET

    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", path]
        answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if not report.exists():
            said = (answer.stderr or answer.stdout).strip().splitlines()
            raise CannotVerify(f"--verify cannot run pytest on {path}: {said[-1] if said else answer.returncode}")
        cases = ET.parse(report).iter("testcase")
        return frozenset(f"{case.get('classname')}::{case.get('name')}" for case in cases if not _failed(case))


def _failed(case: Element) -> bool:
    return any(case.find(outcome) is not None for outcome in ("failure", "error", "skipped"))


def _replace(path: Path, data: bytes) -> None:
    from os import chmod, replace
    from stat import S_IMODE
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    chmod(file.name, S_IMODE(path.stat().st_mode))
    replace(file.name, path)


def _undo_file(root: Path) -> Path:
    from goldenpath.audit.cache import cache_path

    return cache_path(root).with_suffix(".undo")


def _remember(root: Path, kept: dict[str, tuple[bytes, bytes]]) -> None:
    path = _undo_file(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {name: [before.hex(), after.hex()] for name, (before, after) in kept.items()}
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps({"format": "goldenpath-undo", "version": 1, "files": files}))
    temporary.replace(path)


def _undo(root: Path) -> int:
    """Put back every file that still is what the migration made of it; name the others."""
    path = _undo_file(root)
    try:
        document = json.loads(path.read_text())
        if (document["format"], document["version"]) != ("goldenpath-undo", 1):
            raise ValueError(document["format"])
    except FileNotFoundError:
        sys.stderr.write(f"goldenpath migrate: nothing to undo in {root}\n")
        return EXIT_USAGE
    except (ValueError, KeyError, TypeError):
        sys.stderr.write(f"goldenpath migrate: {path} is damaged; undo with version control\n")
        return EXIT_USAGE
    changed = []
    for name, (before, after) in document["files"].items():
        target = root / name
        now = target.read_bytes() if target.exists() else None
        if now == bytes.fromhex(after):
            _replace(target, bytes.fromhex(before))
        elif now != bytes.fromhex(before):
            changed.append(name)
    path.unlink()
    sys.stdout.write(f"{len(document['files']) - len(changed)} files put back.\n")
    for name in changed:
        sys.stdout.write(f"{name}: changed since, left alone\n")
    return EXIT_FAILED if changed else EXIT_OK


def _show_clusters(inspection: Inspection) -> int:
    """The doubles of each role, what each offers, what it lacks of the others, and whether the factory covers it."""
    from goldenpath.audit.migration.offers import coverage
    from goldenpath.audit.rules.gp101_duplicate_mock_role import clusters

    for role, members in clusters(inspection):
        sys.stdout.write(f"{role}: {len(members)} doubles\n")
        offered = [{method.name for method in row.methods if not method.name.startswith("_")} for _, row in members]
        every = set().union(*offered)
        for (view, row), own in zip(members, offered, strict=True):
            lacks = f"; lacks {', '.join(sorted(every - own))}" if own < every else ""
            covered = coverage(own, row.name)
            sys.stdout.write(f"  {view.path}:{row.span[0]} {row.name}: {', '.join(sorted(own)) or 'nothing'}{lacks}\n")
            if covered:
                sys.stdout.write(f"    {covered}\n")
    return EXIT_OK
