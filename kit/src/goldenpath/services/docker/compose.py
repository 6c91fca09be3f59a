"""Compose files: the services in them, for a stack of ours.

Where the Compose plugin of the docker command is installed, it reads the file and resolves what Compose offers to
resolve (`extends`, `include`, profiles); otherwise the file is read here. Either way what a test run does not need is
left out, and a setting that is understood neither way is refused by name: a service must not run differently unseen.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from goldenpath.services.clients import driver
from goldenpath.services.docker import compose_service
from goldenpath.services.docker.definition import ContainerService
from goldenpath.services.errors import DefinitionError

VARIABLE: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<rule>:?[-?+])(?P<word>[^}]*))?\}|(?P<wrong>))"
)
TOP_LEVEL: Final = frozenset({"services", "version", "name", "volumes", "networks"})
COMPOSE_LIMIT: Final = 20


def read(path: Path, environ: Mapping[str, str], *, fixed_ports: bool = False) -> list[ContainerService]:
    """The services of a Compose file; ports of the host that it asks for are free ones unless `fixed_ports`."""
    content = _resolved_by_the_cli(path, environ) if _has_plugin(environ) else _read(path, environ)
    services = content.get("services")
    if not isinstance(services, dict) or not services:
        raise DefinitionError(f"{path} defines no services; a Compose file has a mapping `services:` at its top")
    unknown = sorted(key for key in content if key not in TOP_LEVEL and not str(key).startswith("x-"))
    if unknown:
        raise DefinitionError(
            f"{path}: {', '.join(unknown)} at the top is not understood here; "
            f"`docker compose config` writes the file out in full, give that"
        )
    reader = compose_service.Reader(path, environ, fixed_ports=fixed_ports)
    return [reader.service(str(name), settings) for name, settings in services.items()]


def _has_plugin(environ: Mapping[str, str]) -> bool:
    docker = shutil.which("docker", path=environ.get("PATH"))
    if docker is None:
        return False
    answer = subprocess.run(
        [docker, "compose", "version"], env=dict(environ), capture_output=True, check=False, timeout=COMPOSE_LIMIT
    )
    return answer.returncode == 0


def _resolved_by_the_cli(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    command = ["docker", "compose", "--file", str(path), "config", "--format", "json"]
    answer = subprocess.run(
        command, env=dict(environ), capture_output=True, text=True, check=False, timeout=COMPOSE_LIMIT
    )
    if answer.returncode:
        raise DefinitionError(f"{path} is not a Compose file that docker compose takes: {answer.stderr.strip()}")
    content: dict[str, Any] = json.loads(answer.stdout)
    return content


def _read(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    yaml = driver("yaml")
    try:
        content = yaml.safe_load(path.read_text())
    except OSError as error:
        raise DefinitionError(f"the Compose file {path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise DefinitionError(f"{path} is not a Compose file: it has a mapping with `services:` at its top")
    filled: dict[str, Any] = _filled(content, {**_env_file(path), **environ}, path)
    return filled


def _env_file(path: Path) -> dict[str, str]:
    """The `.env` beside the file, as Compose reads it; the environment comes first."""
    beside = path.parent / ".env"
    return compose_service.variables(beside) if beside.is_file() else {}


def _filled(value: Any, environ: Mapping[str, str], path: Path) -> Any:
    """The value with every `${VARIABLE}` in its strings filled in."""
    if isinstance(value, dict):
        return {key: _filled(each, environ, path) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, environ, path) for each in value]
    if isinstance(value, str):
        return VARIABLE.sub(lambda match: _variable(match, environ, path), value)
    return value


def _variable(match: re.Match[str], environ: Mapping[str, str], path: Path) -> str:
    if match["escaped"]:
        return "$"
    name = match["plain"] or match["name"]
    if name is None:
        near = match.string[match.start() :][:20]
        raise DefinitionError(f"{path}: {near!r} is no variable; write ${{NAME}}, or $$ for a dollar sign")
    rule, word = match["rule"] or "", match["word"] or ""
    value = environ.get(name)
    there = bool(value) if rule.startswith(":") else value is not None
    if rule.endswith("+"):
        return word if there else ""
    if there or not rule:
        if value is None:
            raise DefinitionError(
                f"{path} needs the variable {name}, which is not set; set it, or write ${{{name}:-default}}"
            )
        return value
    if rule.endswith("?"):
        raise DefinitionError(f"{path} needs the variable {name}: {word or 'it is not set'}")
    return word
