"""Compose files on an engine."""

from __future__ import annotations

from pathlib import Path

from goldenpath import DockerTestUtility, UnifiedDockerManager
from goldenpath.services.ports import free_port

from .images import BOX

FILE = """
services:
  db:
    image: goldenpath-test/postgres:1
    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: "s3cret/?", POSTGRES_DB: shop}
    ports: ["5432:5432"]
  cache:
    image: goldenpath-test/redis:1
    mem_limit: 64m
  web:
    build: .
    command: httpd -f -p 8080 -h /www
    environment:
      - DATABASE_URL=postgresql://app@db:5432/shop
      - GREETING
    depends_on:
      db: {condition: service_healthy}
      cache: {condition: service_started}
    ports: ["${WEB_PORT:-80}:8080"]
    volumes: ["./pages:/www:ro", "data:/data"]
    tmpfs: /scratch
    healthcheck: {test: wget -q -O - http://localhost:8080/, interval: 200ms, retries: 50}
    stop_grace_period: 1s
volumes:
  data: {}
"""


def test_a_compose_file_is_a_stack(environ: dict[str, str], here: Path) -> None:
    (here / "compose.yml").write_text(FILE)
    (here / "Dockerfile").write_text(f"FROM {BOX}\nENV BUILT=yes\n")
    (here / "pages").mkdir()
    (here / "pages" / "index.html").write_text("shop")
    port = free_port()
    manager = UnifiedDockerManager(
        compose=here / "compose.yml", environ={**environ, "GREETING": "hello", "WEB_PORT": str(port)}
    )
    with DockerTestUtility(manager) as docker:
        docker.assert_healthy()
        with manager["db"].client() as client:
            assert (client.info.user, client.info.dbname) == ("app", "shop")
        assert manager["cache"].service.kind == "redis"
        assert manager.usage("cache").memory_limit == 64 << 20
        assert manager["web"].port != port
        assert docker.execute("web", "wget", "-q", "-O", "-", "http://web:8080/").check().output == "shop"
        variables = docker.execute("web", "env").check().output.splitlines()
        assert {"GREETING=hello", "BUILT=yes", "DATABASE_URL=postgresql://app@db:5432/shop"} <= set(variables)
        docker.execute("web", "sh", "-c", "touch /scratch/x /data/x && ! touch /www/x").check()


def test_the_ports_of_the_file_are_used_when_they_are_asked_for(environ: dict[str, str], here: Path) -> None:
    port = free_port()
    (here / "compose.yml").write_text(
        f'services: {{cache: {{image: "goldenpath-test/redis:1", ports: ["{port}:6379"]}}}}'
    )
    with UnifiedDockerManager(compose=here / "compose.yml", fixed_ports=True, environ=environ) as manager:
        assert manager["cache"].port == port
        assert manager["cache"].health().ok
