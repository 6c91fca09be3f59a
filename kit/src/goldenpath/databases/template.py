"""A migrated database that others are cloned from, known by what it was migrated with."""

from __future__ import annotations

import hashlib
import inspect
import os
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from goldenpath.databases.errors import TemplateError

FORMAT: Final = "2"
"""Changes when what a template is given or has noted changes, so that old ones are not taken for new."""


@dataclass(frozen=True)
class Template:
    """How a database is migrated, and the key that changes when that does.

    `Template.of_sql("migrations/")`, `Template.of_command(["alembic", "upgrade", "head"], inputs=["alembic/"])`
    or `Template.of_function(migrate, inputs=["migrations/"])`.
    """

    key: str
    migrate: Callable[[str], None]

    @classmethod
    def empty(cls) -> Template:
        """Nothing but an empty database."""
        return cls(digest([b"empty"]), lambda url: None)

    @classmethod
    def of_sql(cls, *paths: str | os.PathLike[str]) -> Template:
        """SQL files, and the `.sql` files of folders in the order of their names, each run whole."""
        scripts = list(contents(paths, suffix=".sql"))
        if not scripts:
            raise TemplateError(f"there is no .sql file in {', '.join(map(str, paths))}")

        def migrate(url: str) -> None:
            import psycopg

            with psycopg.connect(url, autocommit=True) as connection:
                for path, script in scripts:
                    try:
                        connection.execute(script)
                    except psycopg.Error as error:
                        raise TemplateError(f"{path}: {error}") from error

        return cls(digest(part for path, script in scripts for part in (path.name.encode(), script)), migrate)

    @classmethod
    def of_command(
        cls,
        command: Sequence[str],
        *,
        inputs: Iterable[str | os.PathLike[str]],
        variable: str = "DATABASE_URL",
        cwd: str | os.PathLike[str] | None = None,
    ) -> Template:
        """A command that migrates the database whose URL it finds in an environment variable."""

        def migrate(url: str) -> None:
            environment = {**os.environ, variable: url}
            answer = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
            if answer.returncode != 0:
                tail = (answer.stderr or answer.stdout).strip()[-2000:]
                raise TemplateError(f"{' '.join(command)} ended with {answer.returncode}:\n{tail}")

        words = [word.encode() for word in (*command, variable)]
        return cls(digest([*words, *(script for _, script in contents(inputs))]), migrate)

    @classmethod
    def of_function(
        cls, migrate: Callable[[str], None], *, inputs: Iterable[str | os.PathLike[str]] = (), version: str = ""
    ) -> Template:
        """A function of the database's URL; its source, the files it reads and `version` make the key."""
        try:
            source = inspect.getsource(migrate)
        except (OSError, TypeError):
            if not version:
                raise TemplateError(
                    f"the source of {migrate!r} cannot be read; give version= to name its state"
                ) from None
            source = ""
        parts = [source.encode(), version.encode(), *(script for _, script in contents(inputs))]
        return cls(digest(parts), migrate)


def contents(paths: Iterable[str | os.PathLike[str]], suffix: str = "") -> Iterable[tuple[Path, bytes]]:
    """Every file named or found in the folders named, with what it holds."""
    for given in map(Path, paths):
        if not given.exists():
            raise TemplateError(f"{given} does not exist, so a template cannot depend on it")
        found = sorted(given.rglob(f"*{suffix}")) if given.is_dir() else [given]
        yield from ((path, path.read_bytes()) for path in found if path.is_file() and "__pycache__" not in path.parts)


def digest(parts: Iterable[bytes]) -> str:
    """A short key of all the parts and of where each ends."""
    total = hashlib.sha256(FORMAT.encode())
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()[:16]
