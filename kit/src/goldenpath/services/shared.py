"""One stack for several processes: the first starts it, the others join, the last one out ends it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from goldenpath import __version__
from goldenpath.services.errors import DefinitionError
from goldenpath.services.keeper import Keeper
from goldenpath.services.lock import locked
from goldenpath.services.service import Service

RECORD_FORMAT = 1
RECORD_FILE = "stack.json"


def key(name: str, services: Mapping[str, Service], provider: str) -> str:
    """What two processes must agree on to share a stack: its name, its definitions and this version of goldenpath."""
    for service in services.values():
        if callable(service.ready):
            raise DefinitionError(
                f"service {service.name!r}: ready= of a shared stack must be Announces, Answers or Accepts, "
                "because other processes cannot call your function"
            )
    identity = repr([name, list(services.values()), provider, __version__, RECORD_FORMAT])
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


@contextmanager
def entered(root: Path, cache: Path, stack_key: str) -> Iterator[Keeper | None]:
    """Under the lock of this stack: a connection to its keeper, or None when this process is to start it."""
    with locked(cache / "locks" / f"{stack_key}.lock"):
        yield _join(address(root, stack_key))


def address(root: Path, stack_key: str) -> Path:
    """Where the keeper of a shared stack listens."""
    return root / f"{stack_key}.sock"


def read_record(directory: Path) -> dict[str, Any] | None:
    """What a stack wrote down about itself when it was ready; None until then, or when another version wrote it."""
    try:
        record: dict[str, Any] = json.loads((directory / RECORD_FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return record if record.get("format") == RECORD_FORMAT else None


def _join(where: Path) -> Keeper | None:
    keeper = Keeper.join(where)
    if keeper is not None and read_record(keeper.directory) is None:
        keeper.stop(force=True)
        return None
    return keeper
