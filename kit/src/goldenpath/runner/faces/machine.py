"""The faces for programs that follow along: a line of JSON per event, and the whole record as one document."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, Final, TextIO

from goldenpath.keeping import write_whole
from goldenpath.runner.events import RunEvent
from goldenpath.runner.record import RunRecord

_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")
FORMAT: Final = "goldenpath-run"
VERSION: Final = 1


class JsonLinesFace:
    """`--progress json`: one object per line, `event` says what it is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def receive(self, event: RunEvent) -> None:
        """Write it down at once."""
        self._write({"event": _WORD.sub("_", type(event).__name__).lower(), **dataclasses.asdict(event)})

    def finish(self, record: RunRecord) -> None:
        """The last line is the verdict."""
        self._write({"event": "verdict", "run_id": record.run_id, **dataclasses.asdict(record.verdict)})

    def _write(self, content: dict[str, Any]) -> None:
        self._stream.write(json.dumps(content, default=str) + "\n")
        self._stream.flush()


class JsonFace:
    """`--json FILE`: everything, as one document; `-` is standard output."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        self._path = path
        self._stream = stream

    def receive(self, event: RunEvent) -> None:
        """Nothing before the end."""

    def finish(self, record: RunRecord) -> None:
        """Write it."""
        content = {"format": FORMAT, "version": VERSION, **dataclasses.asdict(record)}
        text = json.dumps(content, indent=1, default=str) + "\n"
        if str(self._path) == "-":
            self._stream.write(text)
        else:
            write_document_file(self._path, text)


def write_document_file(path: Path, text: str) -> None:
    """Put a report in its place, whole; the folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode("utf-8", "backslashreplace"))
