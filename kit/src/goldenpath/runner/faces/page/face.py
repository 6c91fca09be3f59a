"""`--html FILE`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from goldenpath.reporting import render_page
from goldenpath.runner.events import RunEvent
from goldenpath.runner.faces.machine import write_document_file
from goldenpath.runner.faces.page.building import run_page
from goldenpath.runner.history.past import Past
from goldenpath.runner.record import RunRecord


class HtmlFace:
    """Writes the report when the run is done."""

    def __init__(self, path: Path, pasts: Mapping[str, Past]) -> None:
        self._path = path
        self._pasts = pasts

    def receive(self, event: RunEvent) -> None:
        """Nothing before the end."""

    def finish(self, record: RunRecord) -> None:
        """Write it."""
        write_document_file(self._path, render_page(run_page(record, self._pasts)))
