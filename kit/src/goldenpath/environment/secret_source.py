"""Where secrets come from: one small protocol, and the places that need nothing but this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol, runtime_checkable

from goldenpath.environment.dotenv import read_env_file
from goldenpath.environment.faults import EnvironmentFault
from goldenpath.environment.isolated import IsolatedEnvironment, get_env


@runtime_checkable
class SecretSource(Protocol):
    """A place that may hold secrets."""

    @property
    def name(self) -> str:
        """What people call the place."""

    @property
    def identity(self) -> str:
        """Who asks."""

    def read(self, key: str) -> str | None:
        """The value, or None when there is no such secret; PermissionError says that this identity may not read it."""


class SecretVault(Protocol):
    """A service that hands out secrets to accounts."""

    @property
    def identity(self) -> str:
        """The account that asks."""

    def access(self, key: str) -> bytes | None:
        """The value, or None when there is no such secret; PermissionError says that the account may not read it."""


class EnvironmentSource:
    """The variables of this process."""

    def __init__(self, environment: IsolatedEnvironment | None = None, *, name: str = "environment") -> None:
        self._environment = environment or get_env()
        self.name = name

    @property
    def identity(self) -> str:
        """The user that this process runs as."""
        return process_identity()

    def read(self, key: str) -> str | None:
        """The variable of this name."""
        return self._environment.get(key)


class DirectorySource:
    """A mounted directory with one file per secret, as Kubernetes and Docker provide; a last newline is cut off."""

    def __init__(self, path: str | os.PathLike[str], *, name: str = "") -> None:
        self._path = Path(path)
        self.name = name or f"directory {self._path}"

    @property
    def identity(self) -> str:
        """The user that this process runs as."""
        return process_identity()

    def read(self, key: str) -> str | None:
        """The content of the file of this name."""
        if key in {"", ".", ".."} or Path(key).name != key:
            raise EnvironmentFault(f"{key!r} is not the name of a file in {self._path}")
        try:
            return _text((self._path / key).read_bytes())
        except FileNotFoundError:
            return None


class FileSource:
    """A file in `.env` format that holds several secrets."""

    def __init__(self, path: str | os.PathLike[str], *, name: str = "") -> None:
        self._path = Path(path)
        self.name = name or f"file {self._path}"

    @property
    def identity(self) -> str:
        """The user that this process runs as."""
        return process_identity()

    def read(self, key: str) -> str | None:
        """The value that the file gives this name."""
        try:
            self._path.open("rb").close()
        except FileNotFoundError:
            return None
        return read_env_file(self._path).get(key, (None, 0))[0]


class ServiceAccountSource:
    """A vault, asked with the rights of a service account."""

    def __init__(self, vault: SecretVault, *, name: str = "service account") -> None:
        self._vault = vault
        self.name = name

    @property
    def identity(self) -> str:
        """The account that asks."""
        return self._vault.identity

    def read(self, key: str) -> str | None:
        """What the vault holds under this name."""
        value = self._vault.access(key)
        return None if value is None else _text(value)


def process_identity() -> str:
    """The user that this process acts as."""
    if not hasattr(os, "geteuid"):
        from getpass import getuser

        return getuser()
    from pwd import getpwuid

    uid = os.geteuid()
    try:
        return f"uid {uid} ({getpwuid(uid).pw_name})"
    except KeyError:
        return f"uid {uid}"


def _text(raw: bytes) -> str:
    """What was meant by the bytes: without the newline that editors and `echo` end a file with."""
    return raw.decode().removesuffix("\n").removesuffix("\r")
