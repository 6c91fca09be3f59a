"""A file that a project needs, and what has to be added to it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


class CannotAdd(Exception):
    """The file is not as it should be, or not understood; the text says what to do by hand."""


@dataclass(frozen=True)
class Piece:
    """A file as it is and as it should be; `before` is None where there is none."""

    path: Path
    before: bytes | None
    after: bytes
    what: str

    @property
    def done(self) -> bool:
        """Whether there is nothing to add."""
        return self.before == self.after

    def write(self) -> None:
        """Put the file in place whole, with the rights that it had."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.path.parent, prefix=f".{self.path.name}.", delete=False) as file:
            try:
                file.write(self.after)
                file.flush()
                os.chmod(file.name, self.path.stat().st_mode & 0o7777 if self.before is not None else 0o644)
                os.replace(file.name, self.path)
            except BaseException:
                os.unlink(file.name)
                raise


def read(path: Path) -> bytes | None:
    """The file's content, or None where there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotAdd(f"{path.name} cannot be read ({error.strerror})") from None


def with_more(before: bytes | None, block: str, *, gap: bool = True) -> bytes:
    """The content and, after it, a block; its line ends are those that the content has."""
    if not before:
        return block.encode()
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    ended = before if before.endswith(b"\n") else before + newline
    return ended + (newline if gap else b"") + block.encode().replace(b"\n", newline)
