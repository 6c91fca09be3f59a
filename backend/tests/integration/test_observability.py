from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def test_every_answer_names_its_request_and_every_instance_counts(backend: Any) -> None:
    visitor = backend.visitor()
    first, second = visitor.request("GET", "/api/threads"), visitor.request("GET", "/api/threads")
    ids = {first.headers["x-request-id"], second.headers["x-request-id"]}
    assert len(ids) == 2
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", request_id) for request_id in ids)
    visitor.request("GET", "/no/such/thing")
    text = httpx2.get(f"{backend.url}/metrics").text
    assert re.search(r'http_requests_total\{method="GET",route="/api/threads",status="200"\} [2-9]', text)
    assert 'route="none",status="404"' in text
    assert "/no/such/thing" not in text
    assert re.search(r'agent_backend_postgres_pool\{what="size"\} [1-9]', text)


def test_the_events_and_the_tools_of_a_run_are_counted(backend: Any) -> None:
    visitor = backend.visitor().spend(large="1.00")
    with visitor.connected() as tab:
        tab.ask()
        tab.receive_run()
    text = httpx2.get(f"{backend.url}/metrics").text
    assert re.search(r'run_events_total\{type="agent_completed"\} [1-9]', text)
    assert re.search(r'tool_seconds_count\{ok="true",tool="\w+"\} [1-9]', text)
    assert re.search(r'run_seconds_count\{outcome="completed"\} [1-9]', text)


@pytest.fixture
def logged(
    working_env: Callable[[str], dict[str, str]], migrated_database: Callable[[], str], tmp_path: Path
) -> Iterator[tuple[Any, str, Path, Path]]:
    """A service that logs JSON and reads its configuration from a file."""
    config, log = tmp_path / "backend.toml", tmp_path / "log"
    config.write_text("[security]\naccess_token_seconds = 100\n")
    env = working_env(migrated_database()) | {"AGENT_BACKEND_LOG_FORMAT": "json"}
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "agent_backend", "serve", "--port", "0", "--config", str(config)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    yield process, json.loads(process.stdout.readline())["url"], config, log
    process.terminate()
    process.wait(30)
    process.stdout.close()


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def reloads(url: str, outcome: str) -> float:
    """How many reloads have ended so."""
    found = re.search(rf'config_reloads_total{{outcome="{outcome}"}} (\S+)', httpx2.get(f"{url}/metrics").text)
    return float(found[1]) if found else 0.0


def test_a_hangup_reloads_the_configuration_and_a_broken_one_changes_nothing(
    logged: tuple[Any, str, Path, Path],
) -> None:
    process, url, config, log = logged
    person = {"tenant": "acme", "email": "ada@acme.example", "password": "correct horse"}
    assert httpx2.post(f"{url}/api/register", json=person).status_code == 201

    def lifetime() -> int:
        return httpx2.post(f"{url}/api/login", json=person).json()["expires_in"]

    assert 90 < lifetime() <= 100
    config.write_text("[security]\naccess_token_seconds = 700\n")
    os.kill(process.pid, signal.SIGHUP)
    while not reloads(url, "done"):
        pass
    assert 690 < lifetime() <= 700
    config.write_text("[security]\naccess_token_seconds = 1\n")
    os.kill(process.pid, signal.SIGHUP)
    while not reloads(url, "refused"):
        pass
    assert 690 < lifetime() <= 700
    said = [(line["logger"], line["message"]) for line in lines(log)]
    changed = f"security.access_token_seconds changed from 100 to 700 ({config}, line 2)"
    assert ("agent_backend.audit", changed) in said
    assert any("line 2: security.access_token_seconds is not usable" in message for _, message in said)


def test_a_line_of_the_log_carries_the_id_of_its_request(logged: tuple[Any, str, Path, Path]) -> None:
    _, url, _, log = logged
    person = {"tenant": "acme", "email": "ada@acme.example", "password": "correct horse"}
    httpx2.post(f"{url}/api/register", json=person)
    token = httpx2.post(f"{url}/api/login", json=person).json()["refresh_token"]
    next_one = httpx2.post(f"{url}/api/refresh", json={"refresh_token": token}).json()["refresh_token"]
    httpx2.post(f"{url}/api/refresh", json={"refresh_token": next_one})
    stolen = httpx2.post(f"{url}/api/refresh", json={"refresh_token": token})
    (line,) = [line for line in lines(log) if "used twice" in line["message"]]
    assert line["request_id"] == stolen.headers["x-request-id"]
    assert (line["level"], line["logger"]) == ("WARNING", "agent_backend.identity.sessions")
    assert token not in log.read_text()


@pytest.fixture
def collector() -> Iterator[tuple[str, queue.SimpleQueue[Any]]]:
    """A collector of traces: where it listens, and every span that it was sent."""
    spans: queue.SimpleQueue[Any] = queue.SimpleQueue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in sent.resource_spans:
                service = {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"]
                for span in (span for scope in resource.scope_spans for span in scope.spans):
                    spans.put((self.path, service, span))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        listening = threading.Thread(target=server.serve_forever)
        listening.start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()
        listening.join()


def test_a_collector_is_sent_the_spans_of_requests_agents_and_tools_and_nothing_of_what_was_asked(
    start_backend: Callable[..., Any], collector: tuple[str, queue.SimpleQueue[Any]]
) -> None:
    endpoint, spans = collector
    serve = [sys.executable, "-m", "agent_backend", "serve", "--port", "0"]
    backend = start_backend(command=["env", f"OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}", *serve])
    visitor = backend.visitor().spend(large="1.00")
    with visitor.connected() as tab:
        tab.ask("A secret question of mine")
        run_id = tab.receive_run()[-1]["run_id"]
    wanted = {"POST request", "invoke_agent triage", "invoke_agent reporting", "execute_tool usage_totals"}
    seen: dict[str, dict[str, str]] = {}
    while not wanted <= seen.keys():
        path, service, span = spans.get(timeout=60)
        assert (path, service) == ("/v1/traces", "agent-backend")
        assert "secret question" not in str(span)
        seen[span.name] = {each.key: each.value.string_value for each in span.attributes}
    assert seen["invoke_agent triage"]["gen_ai.operation.name"] == "invoke_agent"
    assert run_id in seen["execute_tool usage_totals"].values()
