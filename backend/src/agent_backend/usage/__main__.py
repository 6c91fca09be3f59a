"""`python -m agent_backend.usage`: realistic usage records as CSV, to play with."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from agent_backend.usage.csv_writer import csv_lines
from agent_backend.usage.generator import DAYS, START, UsageGenerator


def main() -> None:
    """Write the records of a seed to standard output."""
    parser = argparse.ArgumentParser(prog="python -m agent_backend.usage", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same records (default: 7)")
    parser.add_argument("--days", type=days, default=DAYS, help=f"how many days (default: {DAYS})")
    parser.add_argument("--start", type=date, default=START, help=f"the first day (default: {START:%Y-%m-%d})")
    options = parser.parse_args()
    sys.stdout.writelines(csv_lines(UsageGenerator(options.seed, options.start, options.days)))


def days(text: str) -> int:
    """A number of days, up to ten years."""
    number = int(text)
    if not 1 <= number <= 3660:
        raise ValueError(text)
    return number


def date(text: str) -> datetime:
    """A day, such as 2026-08-01."""
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
