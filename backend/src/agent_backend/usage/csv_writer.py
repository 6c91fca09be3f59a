"""Usage records as CSV: what the reader reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from agent_backend.usage.csv_reader import COLUMNS, HEADER
from agent_backend.usage.record import UsageRecord


def csv_lines(records: Iterable[UsageRecord]) -> Iterator[str]:
    """The header and one line per record, each with its line break."""
    yield HEADER + "\n"
    for record in records:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([_text(getattr(record, name)) for name in COLUMNS])
        yield line.getvalue()


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
