"""Redis (or Valkey) from its binary: a Unix socket, nothing on disk; no password where `ps` would show it."""

from __future__ import annotations

import os
import secrets
import signal
from urllib.parse import urlsplit

from goldenpath.services import binaries, wire
from goldenpath.services.embedded.process import ProcessRuntime, settle
from goldenpath.services.ports import LOOPBACK, on_some_port
from goldenpath.services.program import Launch, Program
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site


class Redis(ProcessRuntime):
    """A Redis server of the stack's own."""

    def probe(self) -> None:
        """PING it."""
        assert self.endpoint.socket is not None
        wire.ask_redis(self.endpoint.socket, urlsplit(self.endpoint.url).password)


def launch(service: Service, site: Site) -> Redis:
    """Start a server; unless it was given a port, it is still starting when this returns."""
    binary = binaries.redis(site.environ)
    home = site.keeper.directory / service.name
    home.mkdir(mode=0o700)
    socket, settings = home / "redis.sock", home / "redis.conf"
    server = site.program(service.name)
    password = secrets.token_hex(16) if service.tcp else None

    def listen(port: int | None) -> None:
        options = {"unixsocket": str(socket), "save": "", "appendonly": "no", "dir": str(home)}
        options |= {"port": str(port or 0), "bind": LOOPBACK, "daemonize": "no"}
        if password:
            options["requirepass"] = password
        settings.write_text("".join(f'{key} "{value}"\n' for key, value in {**options, **service.options}.items()))
        settings.chmod(0o600)
        env = {"PATH": os.defpath, "LC_ALL": "C"}
        server.launch(Launch([str(binary), str(settings)], env, home, stop_signal=signal.SIGKILL, group=False))
        if port:
            settle(server, lambda: wire.ask_redis(socket, password), timeout=service.start_timeout)

    if not service.tcp:
        listen(None)
        url = f"unix://{socket}"
        return Redis(server, Endpoint(url=url, socket=socket, env={"REDIS_URL": url}))
    port = on_some_port(service.name, service.fixed_port, listen)
    url = f"redis://:{password}@{LOOPBACK}:{port}/0"
    return Redis(server, Endpoint(url=url, host=LOOPBACK, port=port, socket=socket, env={"REDIS_URL": url}))


def adopt(service: Service, site: Site, endpoint: Endpoint) -> Redis:
    """Use the server that another process started."""
    return Redis(Program(site.keeper, service.name), endpoint)
