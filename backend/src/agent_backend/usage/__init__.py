"""Usage records before they are stored: what one is, how it is read from CSV, and how realistic ones are made."""

from __future__ import annotations

from agent_backend.usage.csv_reader import HEADER, BrokenLine, HeaderRefused, UsageCsvReader
from agent_backend.usage.csv_writer import csv_lines
from agent_backend.usage.generator import UsageGenerator
from agent_backend.usage.record import UsageRecord

__all__ = [
    "HEADER",
    "BrokenLine",
    "HeaderRefused",
    "UsageCsvReader",
    "UsageGenerator",
    "UsageRecord",
    "csv_lines",
]
