"""What git says has changed: files for `--changed-since`, lines for `--diff`, and the baseline of another revision."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

_HUNK: Final = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


class GitFailed(RuntimeError):
    """Git could not answer."""


def changed_files(root: Path, since: str) -> frozenset[str]:
    """The files that differ from a revision, untracked ones included, as paths below the root."""
    tracked = _git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", "--diff-filter=d", since, "--")
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(name.decode("utf-8", "surrogateescape") for name in (tracked + untracked).split(b"\0") if name)


def added_lines(root: Path, since: str) -> dict[str, set[int]]:
    """The lines that differ from a revision, by path below the root; all lines of an untracked file."""
    found: dict[str, set[int]] = {}
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    for path in changed_files(root, since):
        raw = path.encode("utf-8", "surrogateescape")
        if raw in untracked.split(b"\0"):
            found[path] = set(range(1, (root / path).read_bytes().count(b"\n") + 2))
            continue
        patch = _git(root, "diff", "--no-color", "--no-ext-diff", "--unified=0", "--no-renames", since, "--", path)
        lines = found.setdefault(path, set())
        for start, count in _HUNK.findall(patch):
            lines.update(range(int(start), int(start) + int(count or 1)))
    return found


def file_at(root: Path, revision: str, path: str) -> str | None:
    """A file's text at a revision, or None when it was not there."""
    _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    try:
        return _git(root, "show", f"{revision}:./{path}").decode("utf-8", "replace")
    except GitFailed:
        return None


def _git(root: Path, *arguments: str) -> bytes:
    try:
        answer = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise GitFailed("git is not installed, and --diff and --changed-since need it") from None
    if answer.returncode:
        said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitFailed(f"git {' '.join(arguments[:2])}: {said[0] if said else f'no such revision ({arguments[-1]})'}")
    return answer.stdout
