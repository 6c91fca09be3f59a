"""`python -m goldenpath.runner.host DESCRIPTOR`: take settings from the run, be a pytest session, report its end."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from goldenpath.runner.wire import Wire


def main() -> int:
    """Serve one run."""
    os.set_inheritable(descriptor := int(sys.argv[1]), False)
    wire = Wire(socket.socket(fileno=descriptor))
    opening = wire.receive()
    if opening is None:
        return 0
    _, root, arguments, environment, path, settings = opening
    os.chdir(root)
    os.environ.update(environment)
    sys.path[:] = path
    sys.argv[:] = ["pytest", *arguments]

    import pytest

    from goldenpath.runner.host.errand import Unfinished
    from goldenpath.runner.host.hosting import Hosting, HostSettings
    from goldenpath.runner.host.measuring import measuring

    folder, run_id, retries, worker, workers, coverage = settings
    forget_ourselves()
    hosting = Hosting(wire, HostSettings(Path(folder), run_id, retries, worker, workers))
    try:
        with measuring(coverage):
            status = pytest.main(list(arguments), plugins=[hosting])
        text = hosting.sink.getvalue() if hosting.sink is not None else ""
        wire.send("ended", int(status), text)
    except Unfinished:
        return 0
    except BaseException as error:
        wire.send("ended", 3, f"{type(error).__name__}: {error}")
        raise
    return int(status)


def forget_ourselves() -> None:
    """Let the suite find an interpreter in which nothing of the kit is imported: it may be what is under test.

    What runs here keeps its own modules alive; pytest can still rewrite the assertions of the kit's plugin.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == "goldenpath"]:
        del sys.modules[name]


if __name__ == "__main__":
    raise SystemExit(main())
