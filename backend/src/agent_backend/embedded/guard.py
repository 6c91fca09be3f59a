"""The parent of the embedded servers: it starts them, and stops them when its owner is gone, however he went.

Its standard input is a pipe from its owner: one line says what to start, the end of the pipe says stop. The kernel
closes the pipe even of an owner that was killed. Runs as a script by itself, on the standard library alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
LOOK = 0.1
"""Seconds between two looks at the servers."""


def main() -> int:
    """Start what the first line names, tell when one ends by itself, stop all of them at the end of the input."""
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    order = json.loads(sys.stdin.buffer.readline() or b"[]")
    servers: list[tuple[dict[str, Any], subprocess.Popen[bytes]]] = []
    try:
        for program in order:
            servers += [(program, _start(program))]
        _say(started=[program["name"] for program in order])
        _watch(servers)
    except OSError as error:
        _say(failed=f"{error.strerror}: {error.filename}")
    finally:
        for program, process in reversed(servers):
            _stop(process, program["stop_signal"], program["grace"])
    return 0


def _start(program: dict[str, Any]) -> subprocess.Popen[bytes]:
    with Path(program["log"]).open("ab") as log:
        return subprocess.Popen(
            program["argv"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=program["cwd"],
            env=program["env"],
            start_new_session=True,
            preexec_fn=lambda: _become(program["account"], program["stop_signal"]),
        )


def _become(account: list[int] | None, stop_signal: int) -> None:
    """Change the account, then ask the kernel to stop the server should even this process be killed (Linux only)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if account is not None:
        uid, gid = account
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)


def _watch(servers: list[tuple[dict[str, Any], subprocess.Popen[bytes]]]) -> None:
    """Until the owner is gone; a server that ends by itself is told once."""
    told: set[str] = set()
    while True:
        readable, _, _ = select.select([sys.stdin.fileno()], [], [], LOOK)
        if readable and not os.read(sys.stdin.fileno(), 4096):
            return
        for program, process in servers:
            if process.poll() is not None and program["name"] not in told:
                told.add(program["name"])
                _say(ended=program["name"], code=process.returncode)


def _stop(process: subprocess.Popen[bytes], stop_signal: int, grace: float) -> None:
    """Ask, wait, and make sure."""
    deadline = time.monotonic() + grace
    if process.poll() is None:
        process.send_signal(stop_signal)
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(LOOK / 5)
    if process.poll() is None:
        process.kill()
    process.wait()


def _say(**facts: object) -> None:
    """Tell the owner; when he is gone, nobody needs to know."""
    try:
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
