from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goldenpath.services import DefinitionError, Limits
from goldenpath.services.docker import Build, ContainerService, Healthcheck, Mount
from goldenpath.services.docker.compose import read

WITHOUT_CLI = {"PATH": "/nowhere"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "compose.yml"


def one(file: Path, settings: str, **environ: str) -> ContainerService:
    file.write_text(f"services:\n  web: {{image: box, {settings}}}\n")
    (service,) = read(file, {**WITHOUT_CLI, **environ})
    return service


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("command: httpd -f 'a b'", {"command": ["httpd", "-f", "a b"]}),
        ("command: [sleep, 60]", {"command": ["sleep", "60"]}),
        ("entrypoint: [sh, -c]", {"entrypoint": ["sh", "-c"]}),
        ("environment: {A: 1, B: true, C: x}", {"env": {"A": "1", "B": "true", "C": "x"}}),
        ("environment: [A=1=2, HOME, ABSENT]", {"env": {"A": "1=2", "HOME": "/h"}}),
        ("ports: ['80:8080', 9090]", {"ports": {8080: None, 9090: None}, "port": 8080}),
        ("ports: [{target: 80, published: 8080}]", {"ports": {80: None}, "port": 80}),
        ("depends_on: [a, b]", {"needs": ["a", "b"]}),
        ("depends_on: {a: {condition: service_healthy}}", {"needs": ["a"]}),
        ("mem_limit: 64m, cpus: 0.5", {"limits": Limits("64m", 0.5)}),
        ("deploy: {resources: {limits: {memory: 1g, cpus: '2'}}}", {"limits": Limits("1g", 2.0)}),
        ("tmpfs: [/a, '/b:size=1m']", {"tmpfs": {"/a": "", "/b": "size=1m"}}),
        ("volumes: ['./a:/b:ro', 'data:/c']",
         {"mounts": [Mount("./a", "/b", read_only=True), Mount("data", "/c", "volume")]}),
        ("volumes: [{type: volume, source: d, target: /d}]", {"mounts": [Mount("d", "/d", "volume")]}),
        ("user: 70", {"user": "70"}),
        ("stop_grace_period: 1m30s", {"stop_timeout": 90.0}),
        ("healthcheck: {test: 'true', interval: 500ms, retries: 9}",
         {"healthcheck": Healthcheck(["CMD-SHELL", "true"], interval=0.5, retries=9)}),
        ("healthcheck: {disable: true}", {"healthcheck": Healthcheck(["NONE"])}),
        ("restart: always, container_name: x, networks: [a], x-mine: 1", {}),
        ("environment: {URL: '${A}-$A-${B:-b}-${C-c}-${A:+set}-$$x'}", {"env": {"URL": "1-1-b-c-set-$x"}}),
    ],
)  # fmt: skip
def test_what_a_setting_becomes(file: Path, settings: str, expected: dict[str, Any]) -> None:
    service = one(file, settings, A="1", HOME="/h")
    assert {name: getattr(service, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("image", "kind"),
    [("postgres:17", "postgres"), ("hub.example:5000/x/redis@sha256:0", "redis"), ("valkey/valkey:8", "redis"),
     ("clickhouse/clickhouse-server", "clickhouse"), ("nginx", "image")],
)  # fmt: skip
def test_an_image_that_is_known_is_asked_by_its_protocol(file: Path, image: str, kind: str) -> None:
    file.write_text(f"services: {{db: {{image: '{image}'}}}}")
    assert read(file, WITHOUT_CLI)[0].kind == kind


def test_a_build_is_relative_to_the_file_and_equal_builds_share_an_image(file: Path) -> None:
    file.write_text("services: {a: {build: ./x}, b: {build: {context: x, args: {V: 1}, target: t}}}")
    one, other = read(file, WITHOUT_CLI)
    assert one.build == Build(file.parent / "x")
    assert other.build == Build(file.parent / "x", args={"V": "1"}, target="t")
    assert one.image != other.image


def test_variables_come_from_the_environment_then_from_the_env_file(file: Path) -> None:
    (file.parent / ".env").write_text("# mine\nA=file\nB='quoted'\n")
    (file.parent / "own.env").write_text("C=3\nexport D=4\nE=5\n")
    service = one(file, "env_file: own.env, environment: {A: $A, B: $B, E: mine}", A="process")
    assert service.env == {"A": "process", "B": "quoted", "C": "3", "D": "4", "E": "mine"}


def test_fixed_ports_are_kept_when_they_are_asked_for(file: Path) -> None:
    file.write_text("services: {web: {image: box, ports: ['127.0.0.1:80:8080']}}")
    assert read(file, WITHOUT_CLI, fixed_ports=True)[0].ports == {8080: 80}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("services: [", "compose.yml is not YAML: .*line 1"),
        ("just text", "has a mapping with `services:` at its top"),
        ("services: {}", "defines no services"),
        ("include: [x.yml]\nservices: {web: {image: box}}", "include at the top is not understood here"),
        ("services: {web: text}", "services.web is not a mapping"),
        ("services: {web: {imgae: box}}", "services.web.imgae is not understood here; did you mean 'image'?"),
        ("services: {web: {image: box, ports: ['53:53/udp']}}", "services.web.ports cannot be .*only TCP ports"),
        ("services: {web: {image: box, ports: ['3000-3005']}}", "services.web.ports cannot be"),
        ("services: {web: {image: box, stop_grace_period: soon}}", "write a time like 500ms"),
        ("services: {web: {image: box, env_file: absent.env}}", "absent.env is not a file"),
        ("services: {web: {image: box, depends_on: {a: {condition: service_completed_successfully}}}}", "condition"),
        ("services: {web: {image: '${TAG}'}}", "needs the variable TAG, which is not set"),
        ("services: {web: {image: '${TAG:?say which}'}}", "needs the variable TAG: say which"),
        ("services: {web: {image: 'a$'}}", "is no variable; write"),
        ("services: {web: {command: [x]}}", "'web' is to run in a container, so it needs an image= or a build="),
        ("services: {Web: {image: box}}", "'Web' cannot name a service"),
        ("services: {web: {image: box, build: {context: ., ssh: x}}}", "ssh is not understood here"),
    ],
)  # fmt: skip
def test_a_broken_compose_file_is_one_clear_error(file: Path, content: str, words: str) -> None:
    file.write_text(content)
    with pytest.raises(DefinitionError, match=words):
        read(file, WITHOUT_CLI)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(DefinitionError, match=r"compose.yml cannot be read: No such file"):
        read(file, WITHOUT_CLI)


CLI = """#!/bin/sh
[ "$1 $2" = "compose version" ] && exit {version}
echo '{said}'; echo "services.web Additional property x is not allowed" >&2; exit {config}
"""


def cli(folder: Path, said: object, version: int = 0, config: int = 0) -> dict[str, str]:
    program = folder / "docker"
    program.write_text(CLI.format(said=json.dumps(said), version=version, config=config))
    program.chmod(0o755)
    return {"PATH": str(folder) + ":/bin:/usr/bin"}


def test_where_the_plugin_is_installed_it_resolves_the_file(file: Path) -> None:
    file.write_text("include: [other.yml]")
    resolved = {"name": "x", "services": {"web": {"image": "box", "ports": [{"target": 80, "published": "8080"}]}}}
    (service,) = read(file, cli(file.parent, resolved))
    assert (service.image, service.port) == ("box", 80)


def test_what_the_plugin_refuses_is_refused_in_its_words(file: Path) -> None:
    with pytest.raises(DefinitionError, match=r"docker compose takes: services.web Additional property x"):
        read(file, cli(file.parent, {}, config=1))


def test_a_docker_command_without_the_plugin_is_not_asked(file: Path) -> None:
    file.write_text("services: {web: {image: box}}")
    assert read(file, cli(file.parent, {}, version=1))[0].image == "box"
