"""Spans for OpenTelemetry, where it is installed; elsewhere the same calls do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from agent_backend.observability import genai
from agent_backend.observability.genai import Operation

_NAME = "agent_backend"
AttributeValue = str | int | float | bool | list[str]


class Span(Protocol):
    """The part of a span that the service uses."""

    def set_attribute(self, key: str, value: Any) -> None:
        """Add a fact that was not known at the start."""


class _NoSpan:
    def set_attribute(self, key: str, value: Any) -> None:
        pass


class Tracing:
    """Opens spans on one tracer provider: the process's own, unless another is given."""

    def __init__(self, provider: Any = None) -> None:
        self._trace = import_module("opentelemetry.trace") if find_spec("opentelemetry") else None
        self._provider = provider

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, AttributeValue]) -> Iterator[Span]:
        """A span of this name; an error that leaves it is recorded by its type only, for its text may hold anything."""
        if self._trace is None:
            yield _NoSpan()
            return
        tracer = self._trace.get_tracer(_NAME, tracer_provider=self._provider)
        with tracer.start_as_current_span(
            name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute(genai.ERROR_TYPE, type(error).__qualname__)
                span.set_status(self._trace.Status(self._trace.StatusCode.ERROR))
                raise

    def agent(self, name: str, run_id: str, thread_id: str) -> Any:
        """The work of one agent in a run."""
        return self.span(
            f"{Operation.INVOKE_AGENT} {name}",
            {
                genai.OPERATION: Operation.INVOKE_AGENT.value,
                genai.AGENT_NAME: name,
                genai.CONVERSATION: thread_id,
                genai.RUN: run_id,
            },
        )

    def tool(self, name: str, run_id: str) -> Any:
        """One call of a tool in a run."""
        return self.span(
            f"{Operation.EXECUTE_TOOL} {name}",
            {
                genai.OPERATION: Operation.EXECUTE_TOOL.value,
                genai.TOOL_NAME: name,
                genai.RUN: run_id,
            },
        )

    def chat(self, model: str, provider: str) -> Any:
        """One request to a language model; the tokens are added when they are known."""
        return self.span(
            f"{Operation.CHAT} {model}",
            {genai.OPERATION: Operation.CHAT.value, genai.REQUEST_MODEL: model, genai.PROVIDER: provider},
        )


def configure_tracing(environ: Mapping[str, str]) -> bool:
    """Send spans where the standard OTEL_EXPORTER_OTLP_ENDPOINT says; False when it says nothing.

    Raises ModuleNotFoundError with what to install when it does and the exporter is missing.
    """
    if not (environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")):
        return False
    try:
        sdk = import_module("opentelemetry.sdk.trace")
        export = import_module("opentelemetry.sdk.trace.export")
        otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        resources = import_module("opentelemetry.sdk.resources")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "an OTLP endpoint is set, but its exporter is not installed: pip install 'goldenpath-backend[otel]'"
        ) from None
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": "agent-backend"}))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    import_module("opentelemetry.trace").set_tracer_provider(provider)
    return True
