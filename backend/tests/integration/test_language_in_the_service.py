"""The whole service with a language model beside it: an HTTP server on this machine that says what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Model(ThreadingHTTPServer):
    """Answers every chat completion with the same text, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.text = ""
        self.asked: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Talk(BaseHTTPRequestHandler):
    """One request."""

    server: Model

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        chunk = {"choices": [{"delta": {"content": self.server.text}}], "usage": {"total_tokens": 100}}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def backend_with_model(start_backend: Callable[..., Any], model: Model) -> Any:
    return start_backend(LANGUAGE_URL=model.url, LANGUAGE_MODEL="some-model", LANGUAGE_DAILY_TOKENS="4000")


def answer(backend: Any, visitor: Any = None) -> dict[str, Any]:
    with (visitor or backend.visitor().spend(large="3.00", small="1.00")).connected() as tab:
        tab.ask("What do we spend?")
        return tab.receive_run()[-1]["payload"]["result"]


def test_the_models_words_are_the_answer_when_its_numbers_are_ours(backend_with_model: Any, model: Model) -> None:
    model.text = "In all you spent $4.00. Of this, large took $3.00 (75%)."
    told = answer(backend_with_model)
    assert (told["text"], told["language"]) == (model.text, {"by_model": True, "note": None})
    asked = str(model.asked[-1])
    assert "You spent $4.00 in all." in asked
    assert not any(secret in asked for secret in ("What do we spend?", "ten_", "usr_", "search"))


@pytest.mark.parametrize("lie", ["You spent $4.00, and large took $2.00.", "You spent <b>$4.00</b>.", "You spent."])
def test_a_model_that_invents_a_number_or_sends_markup_is_not_heard(
    backend_with_model: Any, model: Model, lie: str
) -> None:
    model.text = lie
    told = answer(backend_with_model)
    assert told["text"] == "You spent $4.00 in all. By model, large is the dearest of 2: $3.00 (75%)."
    assert told["language"]["note"].startswith("the model's text was not used")
    assert told["cost"] == "4.000000000"


def test_a_tenant_that_has_used_up_its_budget_is_answered_by_rule_and_others_are_not(
    backend_with_model: Any, model: Model
) -> None:
    model.text = "You spent $4.00. Of this, large took $3.00 (75%)."
    backend_with_model.execute("UPDATE language_budget SET tokens = 0")
    poor, rich = (backend_with_model.visitor().spend(large="3.00", small="1.00") for _ in range(2))
    assert answer(backend_with_model, poor)["language"]["by_model"]
    whose = f"(SELECT id FROM tenants WHERE name = '{poor.tenant}')"
    backend_with_model.execute(f"UPDATE language_budget SET tokens = 3999 WHERE tenant_id = {whose}")
    assert answer(backend_with_model, poor)["language"]["note"] == "today's budget for prose is used up"
    assert answer(backend_with_model, rich)["language"]["by_model"]
