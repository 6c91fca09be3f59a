"""Where secrets come from: environment, mounted directory, file, service account; the first that has one wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from agent_backend.config.problem import ConfigError, Origin


class SecretSource(Protocol):
    """One link of the chain."""

    def find(self, name: str) -> tuple[str, Origin] | None:
        """The secret of that variable name and where it was found; None to ask the next link.

        Raises ConfigError when the source itself is broken: the next link must not answer for it.
        """


class SecretAccount(Protocol):
    """A secret manager, asked as one identity."""

    identity: str

    def read(self, name: str) -> str | None:
        """The newest version of a secret; None when there is none of that name. Raises OSError when it cannot tell."""


@dataclass(frozen=True, slots=True)
class EnvironmentSecrets:
    """Variables of the process."""

    environ: Mapping[str, str] = field(repr=False)

    def find(self, name: str) -> tuple[str, Origin] | None:
        return (self.environ[name], Origin("environment")) if name in self.environ else None


@dataclass(frozen=True, slots=True)
class MountedSecrets:
    """A directory with a file per secret, as orchestrators mount it; one line break at the end is not part of it."""

    directory: Path

    def find(self, name: str) -> tuple[str, Origin] | None:
        path = self.directory / name
        try:
            if not self.directory.is_dir():
                raise NotADirectoryError(20, "there is no such directory")
            return path.read_text("utf-8").removesuffix("\n").removesuffix("\r"), Origin("directory", str(path))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise _broken(path if self.directory.is_dir() else self.directory, error) from None


@dataclass(frozen=True, slots=True)
class FileSecrets:
    """A file of `NAME=value` lines; nothing in a value is expanded, and no quotes are taken off."""

    path: Path

    def find(self, name: str) -> tuple[str, Origin] | None:
        try:
            lines = self.path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise _broken(self.path, error) from None
        found = None
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            key, equals, value = line.partition("=")
            if not equals:
                raise ConfigError(f"{self.path}, line {number}: expected NAME=value")
            if key.strip() == name:
                if found is not None:
                    raise ConfigError(f"{self.path}, line {number}: {name} stands there for the second time")
                found = value.strip(), Origin("file", str(self.path), number)
        return found


@dataclass(frozen=True, slots=True)
class AccountSecrets:
    """A secret manager behind the small protocol."""

    account: SecretAccount

    def find(self, name: str) -> tuple[str, Origin] | None:
        try:
            value = self.account.read(name)
        except OSError as error:
            raise ConfigError(f"{name} could not be read as {self.account.identity}: {error}") from None
        return None if value is None else (value, Origin("account", self.account.identity))


@dataclass(frozen=True, slots=True)
class SecretChain:
    """Asks its links in order."""

    links: Sequence[SecretSource]

    def find(self, name: str) -> tuple[str, Origin] | None:
        """The secret from the first link that has it."""
        for link in self.links:
            if (found := link.find(name)) is not None:
                return found
        return None


def _broken(path: Path, error: OSError | UnicodeDecodeError) -> ConfigError:
    reason = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error.strerror})"
    return ConfigError(f"{path} {reason}")
