"""Redis (or Valkey) from its binary: a Unix socket, nothing on disk."""

from __future__ import annotations

import os
import signal

from goldenpath.services import binaries, wire
from goldenpath.services.embedded.process import ProcessRuntime
from goldenpath.services.program import Program
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site


class Redis(ProcessRuntime):
    """A Redis server of the stack's own."""

    def probe(self) -> None:
        assert self.endpoint.socket is not None
        wire.ask_redis(self.endpoint.socket)


def launch(service: Service, site: Site) -> Redis:
    """Start a server; it is still starting when this returns."""
    home = site.keeper.directory / service.name
    home.mkdir(mode=0o700)
    socket = home / "redis.sock"
    server = Program(
        site.keeper,
        service.name,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        cwd=home,
        stop_signal=signal.SIGKILL,
        group=False,
    )
    options = {"port": "0", "unixsocket": str(socket), "save": "", "appendonly": "no", "dir": str(home)}
    settings = {**options, **service.options}
    command = [str(binaries.redis(site.environ))]
    server.launch([*command, *(word for key, value in settings.items() for word in (f"--{key}", value))])
    url = f"unix://{socket}"
    return Redis(server, Endpoint(url=url, socket=socket, env={"REDIS_URL": url}))
