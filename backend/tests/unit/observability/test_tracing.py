from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from agent_backend.observability import Tracing, configure_tracing, tracing


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(exporter: InMemorySpanExporter) -> Tracing:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Tracing(provider)


def test_the_work_of_an_agent_is_a_span_with_the_names_of_the_conventions(
    traced: Tracing, exporter: InMemorySpanExporter
) -> None:
    with traced.agent("triage", "run_1", "thr_1"), traced.tool("usage_totals", "run_1"):
        pass
    tool, agent = exporter.get_finished_spans()
    assert (agent.name, dict(agent.attributes or {})) == (
        "invoke_agent triage",
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "triage",
            "gen_ai.conversation.id": "thr_1",
            "agent_backend.run.id": "run_1",
        },
    )
    assert tool.name == "execute_tool usage_totals"
    assert tool.parent is not None
    assert agent.context is not None
    assert tool.parent.span_id == agent.context.span_id


def test_tokens_are_added_to_a_chat_when_they_are_known(traced: Tracing, exporter: InMemorySpanExporter) -> None:
    with traced.chat("small", "local") as span:
        span.set_attribute(tracing.genai.INPUT_TOKENS, 9)
    (chat,) = exporter.get_finished_spans()
    assert dict(chat.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "small",
        "gen_ai.provider.name": "local",
        "gen_ai.usage.input_tokens": 9,
    }


def test_an_error_is_told_by_its_type_and_never_by_its_text(traced: Tracing, exporter: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="a secret"), traced.tool("totals", "run_1"):
        raise ValueError("a secret")
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "a secret" not in span.to_json()


def test_without_opentelemetry_the_same_calls_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="of the call itself"), Tracing().chat("small", "local") as span:
        span.set_attribute("key", "value")
        raise ValueError("of the call itself")


def test_spans_are_sent_nowhere_unless_an_endpoint_is_named() -> None:
    assert configure_tracing({}) is False


def test_an_endpoint_without_its_exporter_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(tracing, "import_module", absent)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'goldenpath-backend\[otel\]'"):
        configure_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"})
