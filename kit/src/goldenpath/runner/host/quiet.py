"""pytest's terminal reporter, kept for the plugins that ask it things, with nothing of its own to say."""

from __future__ import annotations

import io
from collections.abc import Generator
from typing import Any, Final

import pytest

NAME: Final = "terminalreporter"


class Sink(io.StringIO):
    """Keeps what is written only while somebody wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.keeps = False

    def write(self, text: str) -> int:
        return super().write(text) if self.keeps else len(text)


class Quiet:
    """What is laid over pytest's reporter: it counts, and prints nothing but what other plugins add to the summary."""

    sink: Sink
    stats: dict[str, list[Any]]
    lists_hollow_passes: Final = True
    """The plugin need not: the faces of the run do."""

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """The faces of the run show it."""

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """The faces of the run show it."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the statistics that plugins read: what did not pass, and how many calls did."""
        if report.when == "call" or not report.passed:
            category: str = report.outcome
            if hasattr(report, "wasxfail"):
                category = "xfailed" if report.skipped else "xpassed"
            elif report.failed and report.when != "call":
                category = "error"
            self.stats.setdefault(category, []).append(report)

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self) -> Generator[None, None, None]:
        """Let the others speak, and them alone."""
        self.sink.keeps = True
        try:
            return (yield)
        finally:
            self.sink.keeps = False

    def pytest_internalerror(self, excrepr: object) -> bool:
        """Keep what pytest says of a failure of its own or of a plugin."""
        self.sink.keeps = True
        self.sink.write("".join(f"INTERNALERROR> {line}\n" for line in str(excrepr).splitlines()))
        self.sink.keeps = False
        return True

    def summary_stats(self) -> None:
        """The faces of the run show it."""


def hush(config: pytest.Config, loud: object) -> Sink:
    """Put a quiet reporter in the place of the loud one, of its very class: plugins ask it all sorts of things."""
    manager = config.pluginmanager
    manager.unregister(loud)
    sink = Sink()
    quiet = type("QuietReporter", (Quiet, type(loud)), {})(config, sink)
    quiet.sink = sink
    manager.register(quiet, NAME)
    return sink
