"""The rules of each platform: where an engine's socket is, how paths are written, where published ports appear.

All of it is decided from facts that are passed in, so that the rules of every platform are tested on any.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Final, Literal
from urllib.parse import urlsplit

from goldenpath.services.errors import DefinitionError
from goldenpath.services.ports import LOOPBACK

System = Literal["linux", "darwin", "win32"]
PIPE: Final = "npipe:////./pipe/docker_engine"
SYSTEM_SOCKET: Final = "/var/run/docker.sock"
SOCKETS: Final[Mapping[System, tuple[str, ...]]] = {
    "linux": (
        SYSTEM_SOCKET,
        "{runtime}/docker.sock",
        "{home}/.docker/run/docker.sock",
        "{home}/.docker/desktop/docker.sock",
    ),
    "darwin": (
        SYSTEM_SOCKET,
        "{home}/.docker/run/docker.sock",
        "{home}/.orbstack/run/docker.sock",
        "{home}/.colima/default/docker.sock",
        "{home}/.rd/docker.sock",
    ),
    "win32": (),
}
"""Where the engines of each platform listen; the first that is there is taken."""
SHARED_BY_DESKTOP: Final = ("/Users", "/Volumes", "/private", "/tmp", "/var/folders")
"""What Docker Desktop for Mac shows to its virtual machine unless it is told otherwise."""
DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
LOCAL_SCHEMES: Final = ("unix", "npipe")


@dataclass(frozen=True)
class HostFacts:
    """What the rules depend on."""

    system: System
    home: str
    user: str
    uid: int
    exists: Callable[[str], bool]
    environ: Mapping[str, str] = field(default_factory=dict)
    node: str = ""
    gateway: str | None = None
    """The way out when this process is itself in a container: the engine's machine, if that is not in here too."""

    def beside(self, engine_node: str) -> HostFacts:
        """The facts, given the name of the machine where the engine runs: in the same container there is no way out."""
        return replace(self, gateway=None) if engine_node == self.node else self


def this_host(environ: Mapping[str, str]) -> HostFacts:
    """The facts of this machine."""
    system: System = "win32" if sys.platform == "win32" else "darwin" if sys.platform == "darwin" else "linux"
    return HostFacts(
        system=system,
        home=environ.get("HOME") or os.path.expanduser("~"),
        user=environ.get("USER") or str(os.geteuid()),
        uid=os.geteuid(),
        exists=os.path.exists,
        environ=environ,
        node=platform.node(),
        gateway=_default_gateway() if os.path.exists("/.dockerenv") else None,
    )


def _default_gateway() -> str | None:
    with open("/proc/net/route") as routes:
        for route in routes:
            _, destination, gateway, *_ = route.split()
            if destination == "00000000":
                return ".".join(str(byte) for byte in reversed(bytes.fromhex(gateway)))
    return None


def socket_candidates(facts: HostFacts) -> list[str]:
    """Where an engine may listen on this platform, the likeliest first."""
    if facts.system == "win32":
        return [PIPE]
    places = {"home": facts.home, "runtime": facts.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{facts.uid}"}
    return ["unix://" + pattern.format(**places) for pattern in SOCKETS[facts.system]]


def usual_address(facts: HostFacts) -> str | None:
    """The first socket that is there; a named pipe cannot be looked for, so on Windows it is taken as it is."""
    candidates = socket_candidates(facts)
    if facts.system == "win32":
        return candidates[0]
    return next((each for each in candidates if facts.exists(each.removeprefix("unix://"))), None)


def is_local(address: str) -> bool:
    """Whether the engine shares files with this machine."""
    return urlsplit(address).scheme in LOCAL_SCHEMES


def published_on(address: str, facts: HostFacts) -> str:
    """On which of the engine's addresses ports are published: reachable from here, and from no further than need be."""
    return LOOPBACK if is_local(address) and facts.gateway is None else "0.0.0.0"


def reached_at(address: str, facts: HostFacts) -> str:
    """The host at which published ports are reached from here."""
    if is_local(address):
        return facts.gateway or LOOPBACK
    return urlsplit(address).hostname or LOOPBACK


def mount_source(path: str, base: str, address: str, facts: HostFacts) -> str:
    """How the engine is told of a path of this machine; relative paths are below `base`."""
    if not is_local(address):
        raise DefinitionError(
            f"{path} cannot be mounted: the engine at {address} is on another machine and does not see this one's "
            "files; use a named volume, or put the files into the image"
        )
    if facts.system == "win32":
        return _windows_source(PureWindowsPath(base, path))
    source = os.path.normpath(PurePosixPath(base, path.replace("~", facts.home, 1) if path.startswith("~") else path))
    if facts.system == "darwin" and not any(PurePath(source).is_relative_to(each) for each in SHARED_BY_DESKTOP):
        raise DefinitionError(
            f"{source} cannot be mounted: on a Mac an engine sees only {', '.join(SHARED_BY_DESKTOP)}; "
            "move it there, or use a named volume"
        )
    return source


def _windows_source(path: PureWindowsPath) -> str:
    r"""`C:\data\x` as `/c/data/x`, which every engine for Windows takes."""
    if not re.fullmatch("[A-Za-z]:", path.drive):
        raise DefinitionError(f"{path} cannot be mounted: give a path on a drive, such as C:\\data")
    return "/" + "/".join([path.drive[0].lower(), *path.parts[1:]])


def split_volume(text: str) -> list[str]:
    r"""The parts of `source:target:mode`, where a source may begin with a drive as in `C:\data:/data`."""
    drive = text[:2] if DRIVE.match(text) else ""
    first, *rest = text[len(drive) :].split(":")
    return [drive + first, *rest]
