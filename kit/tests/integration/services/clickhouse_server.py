"""A ClickHouse server over HTTP, with chDB as its engine: as much of the interface as clickhouse-connect speaks."""

from __future__ import annotations

import json
import re
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from chdb.session import Session

INSERT = re.compile(rb"(INSERT\s+INTO\s.*?)\s+FORMAT\s+(\w+)\s", re.IGNORECASE | re.DOTALL)
engine, turn = Session(tempfile.mkdtemp()), threading.Lock()


def answer(asked: dict[str, str], body: bytes) -> bytes:
    """Run what was asked and return what the engine says."""
    parameters = {key.removeprefix("param_"): value for key, value in asked.items() if key.startswith("param_")}
    with turn:
        if asked.get("database"):
            engine.query(f"USE `{asked['database']}`")
        statement = asked.get("query", "").encode()
        insert = INSERT.match(statement + b" " if statement else body)
        if insert is None:
            return bytes(engine.query((statement or body).decode(), "TabSeparated", params=parameters).bytes())
        data = body if statement else body[insert.end() :]
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            what, form = insert.group(1).decode(), insert.group(2).decode()
            engine.query(f"{what} FROM INFILE '{file.name}' FORMAT {form}")
        return b""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = b"".join(self._body())
        asked = dict(parse_qsl(urlsplit(self.path).query))
        try:
            status, content = 200, answer(asked, body)
        except RuntimeError as error:
            status, content = 500, str(error).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-ClickHouse-Summary", json.dumps({}))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)  # noqa: T201
    server.serve_forever()
