"""What git says has changed."""

from __future__ import annotations

import subprocess
from pathlib import Path


class ChangesUnknown(RuntimeError):
    """git cannot say what has changed, so nothing may be left out."""


def changed_files(root: Path, revision: str) -> list[str]:
    """Files below `root` that differ from a revision: committed since, staged, edited, new, or gone."""
    if revision.startswith("-"):
        raise ChangesUnknown(f"{revision!r} is no revision")
    base = _git(root, "merge-base", revision, "HEAD").strip()
    differing = _git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", base)
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return sorted({*differing.split("\0"), *new.split("\0")} - {""})


def _git(root: Path, *arguments: str) -> str:
    try:
        answer = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise ChangesUnknown("--changed-since needs git, which is not on PATH") from None
    if answer.returncode:
        said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ChangesUnknown(f"git {' '.join(arguments[:2])} in {root}: {said[0] if said else 'no answer'}")
    return answer.stdout.decode("utf-8", "surrogateescape")
