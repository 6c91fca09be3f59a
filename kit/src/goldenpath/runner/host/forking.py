"""Whether this process may be forked, and what a fork must change before it runs tests of its own."""

from __future__ import annotations

import faulthandler
import gc
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from goldenpath.runner.host.signals import STACK_SIGNAL

_TASKS: Final = Path("/proc/self/task")
_DESCRIPTORS: Final = Path("/proc/self/fd")


def unsafe(own_sockets: int) -> str:
    """Why forking now would give the children something that cannot be shared; empty when nothing speaks against it."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return f"forking a process that has imported things is not safe on {sys.platform}"
    threads = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if threads:
        return f"importing the tests started threads: {', '.join(sorted(threads))}"
    native = len(list(_TASKS.iterdir())) - 1
    if native:
        return f"importing the tests started {native} native threads"
    sockets = list(_sockets())
    if len(sockets) > own_sockets:
        return f"importing the tests opened sockets: {', '.join(sockets[own_sockets:])}"
    return ""


def _sockets() -> Iterator[str]:
    for descriptor in sorted(_DESCRIPTORS.iterdir(), key=lambda path: int(path.name)):
        try:
            target = os.readlink(descriptor)
        except FileNotFoundError:
            continue
        if target.startswith("socket:"):
            yield f"descriptor {descriptor.name} ({target})"


def freeze() -> None:
    """Let the garbage collector of the children leave alone what they share with their parent."""
    gc.collect()
    gc.freeze()


def settle(config: pytest.Config, worker: str, workers: int, run_id: str) -> None:
    """Make a fresh fork a worker: an output of its own, temporary folders of its own, a name plugins know it by."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    name_worker(config, worker, workers, run_id)
    capture = config.pluginmanager.get_plugin("capturemanager")
    if capture is not None and capture.is_globally_capturing():
        capture.suspend_global_capture(in_=True)
        for stream in (capture._global_capturing.out, capture._global_capturing.err):
            _renew(stream)
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None:
        factory._basetemp = factory.mktemp(worker, numbered=False)
    for plugin in list(_reporters(config)):
        config.pluginmanager.unregister(plugin)


def _renew(stream: Any) -> None:
    """Put a file of this process's own below a captured stream, whose object stays: test files may have imported it."""
    captured = getattr(stream, "tmpfile", None)
    if captured is None:
        return
    try:
        descriptor = captured.fileno()
    except OSError:  # it is kept in memory, where a fork has its own
        captured.seek(0)
        captured.truncate()
        return
    with tempfile.TemporaryFile(buffering=0) as own:
        os.dup2(own.fileno(), descriptor, inheritable=False)


def name_worker(config: pytest.Config, worker: str, workers: int, run_id: str) -> None:
    """Say who this is in the words of pytest-xdist, which plugins and fixtures already understand."""
    os.environ["PYTEST_XDIST_WORKER"] = worker
    os.environ["PYTEST_XDIST_WORKER_COUNT"] = str(workers)
    os.environ["PYTEST_XDIST_TESTRUNUID"] = run_id
    names: Any = {"workerid": worker, "workercount": workers, "testrunuid": run_id, "mainargs": list(sys.argv)}
    config.workerinput = names  # type: ignore[attr-defined]


def answer_stack_requests(folder: Path) -> None:
    """Write the stacks of all threads to a file of this process's own whenever the signal for it arrives."""
    if STACK_SIGNAL:
        file = os.open(folder / f"stack-{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        faulthandler.register(STACK_SIGNAL, file=file, all_threads=True, chain=False)


def _reporters(config: pytest.Config) -> Iterator[object]:
    """Plugins that write a report at the end: theirs is the parent's business, which hears of every result."""
    manager = config.pluginmanager
    conftests = set(map(id, getattr(manager, "_conftest_plugins", ())))
    for implementation in config.hook.pytest_runtest_logreport.get_hookimpls():
        plugin = implementation.plugin
        name = manager.get_name(plugin) or ""
        writes = hasattr(plugin, "pytest_sessionfinish") and hasattr(plugin, "pytest_runtest_logreport")
        if writes and id(plugin) not in conftests and name not in _KEPT:
            yield plugin


_KEPT: Final = frozenset({"terminalreporter", "logging-plugin", "lfplugin", "nfplugin", "stepwiseplugin", "session"})
"""Plugins of pytest itself that a worker's end does not make write."""


def save_coverage() -> None:
    """Write what coverage has measured here, if anybody measures."""
    coverage = sys.modules.get("coverage")
    current = coverage.Coverage.current() if coverage is not None else None
    if current is not None:
        current.stop()
        current.save()
