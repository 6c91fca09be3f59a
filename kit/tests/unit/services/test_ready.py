from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from goldenpath.services.ready import Announces, NotReady


def test_a_server_on_a_unix_socket_is_ready_when_the_socket_accepts(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    written = f"starting\n{json.dumps({'url': f'unix://{path}'})}\n"
    with pytest.raises(NotReady, match=rf"the socket {path} does not accept connections: .*No such file"):
        Announces().url(written)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        assert Announces().url(written) == f"unix://{path}"


@pytest.mark.parametrize("url", ["tcp://localhost", "postgres", "redis:///0"])
def test_a_url_that_leads_nowhere_is_refused_with_what_would_do(url: str) -> None:
    with pytest.raises(NotReady, match=r"names no host and port to connect to, and is no unix:///path/to/socket"):
        Announces().url(json.dumps({"url": url}))
