"""GitHub's workflow commands: what failed, at the line where it did."""

from __future__ import annotations

from typing import TextIO

from goldenpath.runner.events import RunEvent
from goldenpath.runner.faces.words import OUTCOMES, failures
from goldenpath.runner.record import ExitCode, RunRecord, TestResult

_SHOWN = 50
"""GitHub shows ten annotations of a kind per step; more than this only floods the log."""


class GithubFace:
    """`--github`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def receive(self, event: RunEvent) -> None:
        """Nothing before the end."""

    def finish(self, record: RunRecord) -> None:
        """Print the commands."""
        self._stream.write("".join(commands(record)))
        self._stream.flush()


def commands(record: RunRecord) -> list[str]:
    """One command per failure and per file that was not collected, and one for the verdict."""
    lines = [
        _command("error", f"not collected: {error.message}", title="collection", file=error.path)
        for error in record.collection_errors
    ]
    bad = failures(record)
    lines += [_failure(result) for result in bad[:_SHOWN]]
    if len(bad) > _SHOWN:
        lines.append(_command("error", f"and {len(bad) - _SHOWN} more failures", title="goldenpath run"))
    lines += [
        _command(
            "warning", f"{result.node_id} passed only at attempt {result.attempts}", title="flaky", file=result.path
        )
        for result in record.results
        if result.flaky
    ][:_SHOWN]
    level = "notice" if record.verdict.code == ExitCode.OK else "error"
    return [*lines, _command(level, record.verdict.message, title=f"goldenpath run: {record.verdict.cause}")]


def _failure(result: TestResult) -> str:
    message = f"{result.node_id}\n{result.message}"
    line = result.line if result.line is not None else 1
    return _command("error", message, title=OUTCOMES[result.outcome].label, file=result.path, line=str(line))


def _command(level: str, message: str, **properties: str) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{level} {told}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
