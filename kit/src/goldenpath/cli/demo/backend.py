"""The reference backend as its users reach it: a process started by a command, and HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

SHOWN: Final = 120


class UnexpectedAnswer(Exception):
    """The backend answered a request with something else than the journey needs."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, its body parsed."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class BackendApi:
    """Requests to one running backend; each is one short connection."""

    url: str
    token: str | None = None
    timeout: float = 30.0

    def signed_in(self, tenant: str, email: str, password: str) -> BackendApi:
        """The same backend, as a newly registered user of this tenant."""
        account = {"tenant": tenant, "email": email, "password": password}
        self.post("/api/register", account)
        session = self.post("/api/login", account)
        return BackendApi(self.url, session["access_token"], self.timeout)

    def post(self, path: str, body: object) -> dict[str, Any]:
        """What a POST that must succeed answers."""
        answer = self.request("POST", path, body)
        if not 200 <= answer.status < 300:
            raise UnexpectedAnswer(f"POST {path} answered {answer.status}: {json.dumps(answer.body)}")
        return answer.body

    def load(self, path: str, records: bytes) -> dict[str, Any]:
        """What the import of a CSV answers."""
        answer = self._send("POST", path, records, "text/csv")
        if answer.status != 201:
            raise UnexpectedAnswer(f"POST {path} answered {answer.status}: {json.dumps(answer.body)}")
        return answer.body

    def request(self, method: str, path: str, body: object = None) -> Answer:
        """What the backend answers, whatever it is."""
        return self._send(method, path, None if body is None else json.dumps(body), "application/json")

    def _send(self, method: str, path: str, content: str | bytes | None, kind: str) -> Answer:
        headers = {"Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=self.timeout)
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            answered = response.read()
            try:
                return Answer(response.status, json.loads(answered or b"{}"))
            except ValueError:
                told = answered[:SHOWN].decode(errors="replace")
                raise UnexpectedAnswer(f"{method} {path} answered {response.status} with no JSON: {told}") from None
        finally:
            connection.close()
