"""How the run went: layers against their budgets, workers over time, services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goldenpath.reporting import Section, Tone, element, table, word
from goldenpath.reporting.charts import Lane, Span, meter, timeline
from goldenpath.reporting.wording import count, percent, seconds
from goldenpath.runner.record import LayerResult, Outcome, RunRecord, ServiceState

_STATES: Final = {"ready": Tone.GOOD, "failed": Tone.BAD, "stopped": Tone.MUTED, "starting": Tone.INFO}


def layers_section(record: RunRecord) -> Section | None:
    """Every layer, what it had to reach and what it reached."""
    if not record.layers:
        return None
    headings = ["layer", "", "executed", "failed", "skipped", "passed", "time"]
    body = table(headings, [_layer(layer) for layer in record.layers], numbers=(2, 3, 4))
    missed = sum(not layer.met for layer in record.layers)
    return Section("layers", "Layers", body, len(record.layers), Tone.BAD if missed else Tone.GOOD)


def _layer(layer: LayerResult) -> list[object]:
    judged = layer.passed + layer.failed
    share = layer.passed / judged if judged else 0.0
    tone = Tone.GOOD if layer.met else Tone.BAD
    used = layer.seconds / layer.budget if layer.budget else 0.0
    passed = meter(share, f"{percent(share)} of {percent(layer.threshold)}", tone, layer.threshold)
    limit = f" of {seconds(layer.budget)}" if layer.budget else ""
    time = meter(used, f"{seconds(layer.seconds)}{limit}", Tone.BAD if used > 1 else Tone.INFO)
    return [
        element("b", None, layer.name),
        word("met" if layer.met else layer.why or "not met", tone),
        f"{layer.executed:,}",
        f"{layer.failed:,}",
        f"{layer.skipped:,}",
        passed,
        time,
    ]


def timeline_section(record: RunRecord, tones: Mapping[Outcome, Tone]) -> Section | None:
    """A lane per worker."""
    lanes: dict[str, list[Span]] = {worker.name: [] for worker in record.workers}
    for result in record.results:
        if result.start:
            span = Span(result.start - record.started, result.duration, result.node_id, tones[result.outcome])
            lanes.setdefault(result.worker, []).append(span)
    if not any(lanes.values()):
        return None
    total = max(record.seconds, max(span.start + span.length for spans in lanes.values() for span in spans))
    known = {worker.name: worker for worker in record.workers}
    rows = []
    for name, spans in sorted(lanes.items()):
        worker = known.get(name)
        note = f"{len(spans):,}" + (f" on {worker.host}" if worker and worker.host else "")
        rows.append(Lane(name, spans, f"died: {worker.died}" if worker and worker.died else note))
    died = sum(bool(worker.died) for worker in record.workers)
    body = timeline(rows, total, "what every worker did over time")
    lead = f"{count(died, 'worker')} died; what each was running was given to another." if died else ""
    return Section("timeline", "Workers over time", body, len(rows), Tone.WARN if died else Tone.MUTED, lead)


def services_section(record: RunRecord) -> Section | None:
    """Services, and how long each took to be ready."""
    if not record.services:
        return None
    rows = [_service(state) for state in record.services]
    failed = sum(state.state == "failed" for state in record.services)
    body = table(["service", "state", "provider", "ready after", ""], rows, numbers=(3,))
    return Section("services", "Services", body, len(rows), Tone.BAD if failed else Tone.GOOD)


def _service(state: ServiceState) -> list[object]:
    took = seconds(state.seconds) if state.seconds is not None else ""
    return [
        element("b", None, state.name),
        word(state.state, _STATES.get(state.state, Tone.MUTED)),
        state.provider,
        took,
        state.detail,
    ]
