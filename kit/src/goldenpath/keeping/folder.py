"""Where things are kept between runs: one folder per user, as the platform has it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Final

CACHE_VARIABLE: Final = "GOLDENPATH_CACHE_DIR"


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The folder of everything that can be made again; it is not created here."""
    configured = environ.get(CACHE_VARIABLE)
    if configured:
        return Path(configured).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "goldenpath"
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "goldenpath"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "goldenpath"


def project_key(root: Path) -> str:
    """A name for a project's files in that folder: two checkouts of one project never share theirs."""
    return blake2b(str(root.resolve()).encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()
