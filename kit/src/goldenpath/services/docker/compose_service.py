"""One service of a Compose file, setting by setting."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from goldenpath.services.docker.definition import VOLUME_NAME, Build, ContainerService, Healthcheck, Mount
from goldenpath.services.docker.host import split_volume
from goldenpath.services.errors import DefinitionError
from goldenpath.services.service import Limits

LEFT_OUT: Final = frozenset(
    {
        *("container_name", "restart", "labels", "annotations", "logging", "networks", "expose", "extra_hosts"),
        *("stdin_open", "tty", "platform", "pull_policy", "profiles", "attach"),
    }
)
"""Settings that a test run does without: it names, labels and connects its containers itself, and restarts none."""
IMAGE_KINDS: Final = {"postgres": "postgres", "redis": "redis", "valkey": "redis", "clickhouse-server": "clickhouse"}
"""Which images are of a kind whose protocol is known, by the last part of their name."""
TIME: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|us|h|m|s)")
SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}
CONDITIONS: Final = ("service_started", "service_healthy")


def variables(path: Path) -> dict[str, str]:
    """The variables of an env file."""
    found = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found[name.removeprefix("export ").strip()] = value.strip().strip("'\"")
    return found


class Reader:
    """Reads the services of one Compose file; everything it refuses it names by file, service and setting."""

    def __init__(self, path: Path, environ: Mapping[str, str], *, fixed_ports: bool) -> None:
        self._path = path
        self._base = path.parent.absolute()
        self._environ = environ
        self._fixed_ports = fixed_ports

    def service(self, name: str, settings: Any) -> ContainerService:
        """The definition of one service."""
        if not isinstance(settings, dict):
            raise self._wrong(name, "", "is not a mapping of settings")
        fields: dict[str, Any] = {"cwd": self._base}
        for key, value in settings.items():
            if key in LEFT_OUT or str(key).startswith("x-") or value is None:
                continue
            if key not in SETTINGS:
                raise self._unknown(name, str(key))
            try:
                fields |= SETTINGS[key](self, value, fields)
            except DefinitionError:
                raise
            except (TypeError, ValueError, KeyError, AttributeError) as error:
                raise self._wrong(name, str(key), f"cannot be {value!r} ({error})") from None
        image = str(fields.get("image") or "")
        kind = IMAGE_KINDS.get(image.rpartition("/")[2].partition("@")[0].partition(":")[0], "image")
        return ContainerService(name, kind=kind, **fields)

    def _wrong(self, name: str, setting: str, what: str) -> DefinitionError:
        where = f"services.{name}.{setting}" if setting else f"services.{name}"
        return DefinitionError(f"{self._path}: {where} {what}")

    def _unknown(self, name: str, setting: str) -> DefinitionError:
        near = get_close_matches(setting, [*SETTINGS, *LEFT_OUT], n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`docker compose config` may write it out in settings that are"
        return self._wrong(name, setting, f"is not understood here; {hint}")

    def image(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"image": str(value)}

    def build(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        if isinstance(value, str):
            return {"build": Build(self._base / value)}
        known = {"context", "dockerfile", "args", "target"}
        if set(value) - known:
            raise ValueError(f"{', '.join(sorted(set(value) - known))} is not understood here")
        build = Build(
            self._base / value.get("context", "."),
            value.get("dockerfile", "Dockerfile"),
            _mapping(value.get("args", {}), self._environ),
            value.get("target"),
        )
        return {"build": build}

    def command(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"command": _words(value)}

    def entrypoint(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"entrypoint": _words(value)}

    def environment(self, value: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"env": {**fields.get("env", {}), **_mapping(value, self._environ)}}

    def env_file(self, value: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        env: dict[str, str] = {}
        for each in [value] if isinstance(value, str | dict) else value:
            path = self._base / (each if isinstance(each, str) else each["path"])
            if path.is_file():
                env |= variables(path)
            elif isinstance(each, str) or each.get("required", True):
                raise ValueError(f"{path} is not a file")
        return {"env": {**env, **fields.get("env", {})}}

    def ports(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        ports = dict(map(_port, value))
        if not self._fixed_ports:
            ports = dict.fromkeys(ports)
        return {"ports": ports, **({"port": next(iter(ports))} if ports else {})}

    def depends_on(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        for need, how in value.items() if isinstance(value, dict) else ():
            condition = (how or {}).get("condition", CONDITIONS[0])
            if condition not in CONDITIONS:
                raise ValueError(
                    f"{need}: condition {condition!r}; here a service is ready before what needs it starts"
                )
        return {"needs": [str(each) for each in value]}

    def healthcheck(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        test = value.get("test")
        if value.get("disable") or test in ("NONE", ["NONE"]):
            return {"healthcheck": Healthcheck(["NONE"])}
        times = {key: _seconds(value[key]) for key in ("interval", "timeout", "start_period") if key in value}
        words = ["CMD-SHELL", test] if isinstance(test, str) else list(test)
        return {"healthcheck": Healthcheck(words, retries=int(value.get("retries", 3)), **times)}

    def mem_limit(self, value: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"limits": Limits(memory=str(value), cpus=fields.get("limits", Limits()).cpus)}

    def cpus(self, value: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"limits": Limits(memory=fields.get("limits", Limits()).memory, cpus=float(value))}

    def deploy(self, value: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        limits = value.get("resources", {}).get("limits", {})
        found = fields.get("limits", Limits())
        memory, cpus = limits.get("memory", found.memory), limits.get("cpus", found.cpus)
        return {"limits": Limits(memory and str(memory), cpus and float(cpus))}

    def volumes(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"mounts": [_mount(each) for each in value]}

    def tmpfs(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        pairs = [str(each).partition(":") for each in ([value] if isinstance(value, str) else value)]
        return {"tmpfs": {path: options for path, _, options in pairs}}

    def user(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"user": str(value)}

    def stop_grace_period(self, value: Any, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"stop_timeout": _seconds(value)}


SETTINGS: Final[Mapping[str, Callable[[Reader, Any, Mapping[str, Any]], dict[str, Any]]]] = {
    each.__name__: each
    for each in (
        Reader.image,
        Reader.build,
        Reader.command,
        Reader.entrypoint,
        Reader.environment,
        Reader.env_file,
        Reader.ports,
        Reader.depends_on,
        Reader.healthcheck,
        Reader.mem_limit,
        Reader.cpus,
        Reader.deploy,
        Reader.volumes,
        Reader.tmpfs,
        Reader.user,
        Reader.stop_grace_period,
    )
}
"""What each setting of a service becomes."""


def _words(value: Any) -> list[str]:
    return shlex.split(value) if isinstance(value, str) else [str(each) for each in value]


def _mapping(value: Any, environ: Mapping[str, str]) -> dict[str, str]:
    """`NAME=value` lists and mappings alike; a name alone is passed on from the environment if it is there."""
    pairs = value.items() if isinstance(value, dict) else (_pair(str(each)) for each in value)
    found = {str(name): environ.get(str(name)) if each is None else _text(each) for name, each in pairs}
    return {name: each for name, each in found.items() if each is not None}


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return name, value if equals else None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _port(value: Any) -> tuple[int, int | None]:
    """The port in the container, and the one on the host if one is asked for."""
    if isinstance(value, dict):
        published, target, protocol = value.get("published"), value["target"], value.get("protocol", "tcp")
    else:
        text, _, protocol = str(value).partition("/")
        *address, target = text.split(":")
        published = address[-1] if address else None
    if protocol not in {"", "tcp"}:
        raise ValueError(f"only TCP ports can be published here, not {protocol}")
    return int(target), int(published) if published else None


def _mount(value: Any) -> Mount:
    if isinstance(value, dict):
        if value["type"] not in {"bind", "volume"}:
            raise ValueError(f"type {value['type']!r}; use bind, volume, or tmpfs:")
        return Mount(value["source"], value["target"], value["type"], bool(value.get("read_only")))
    source, target, *mode = split_volume(str(value))
    named = VOLUME_NAME.fullmatch(source)
    return Mount(source, target, "volume" if named else "bind", "ro" in ",".join(mode).split(","))


def _seconds(value: Any) -> float:
    """`1m30s` in seconds."""
    parts: Sequence[tuple[str, str]] = TIME.findall(str(value))
    if "".join(number + unit for number, unit in parts) != str(value):
        raise ValueError("write a time like 500ms, 10s or 1m30s")
    return sum(float(number) * SECONDS[unit] for number, unit in parts)
