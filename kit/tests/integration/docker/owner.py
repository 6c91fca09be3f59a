"""A process that owns or shares containers, for tests that kill it: says when they are up, and stays until told."""

from __future__ import annotations

import json
import signal
import sys

from goldenpath import UnifiedDockerManager


def main() -> None:
    # A shell that starts a run in the background has it ignore Ctrl-C, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with UnifiedDockerManager("redis", shared=json.loads(sys.argv[1])) as manager:
        print(json.dumps({"container": manager.container("redis").id}), flush=True)  # noqa: T201
        sys.stdin.readline()


if __name__ == "__main__":
    main()
