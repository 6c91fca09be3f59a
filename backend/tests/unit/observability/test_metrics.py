from __future__ import annotations

from agent_backend.observability import Metrics


def test_figures_are_counted_for_each_service_by_itself_and_read_when_asked_for() -> None:
    one, other = Metrics(), Metrics()
    one.requests.labels("GET", "/api/me", "200").inc()
    sizes = {"size": 3.0}
    one.observe("pool", "A pool", lambda: sizes, "what")
    one.gauge("sockets", "Sockets", lambda: 7.0)
    sizes["idle"] = 2.0
    text = one.text().decode()
    assert 'agent_backend_http_requests_total{method="GET",route="/api/me",status="200"} 1.0' in text
    assert 'agent_backend_pool{what="idle"} 2.0' in text
    assert "agent_backend_sockets 7.0" in text
    assert "/api/me" not in other.text().decode()
