"""A process that owns or shares a stack, for tests that kill it: says when it is up, and stays until told to go."""

from __future__ import annotations

import json
import signal
import sys

from goldenpath.services import Service, ServiceStack

STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("up", flush=True)
time.sleep(600)
"""


def main() -> None:
    # A shell that starts a run in the background has it ignore Ctrl-C, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shared = json.loads(sys.argv[1])
    command = Service("stubborn", command=[sys.executable, "-c", STUBBORN], stop_timeout=0.1)
    with ServiceStack("postgres", "redis", *([] if shared else [command]), shared=shared) as stack:
        with stack["postgres"].client() as client:
            (started,) = client.execute("SELECT pg_postmaster_start_time()::text").fetchone()
        print(json.dumps({"server": started, "url": stack["postgres"].url}), flush=True)  # noqa: T201
        sys.stdin.readline()


if __name__ == "__main__":
    main()
