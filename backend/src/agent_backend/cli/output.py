"""What programs read: one JSON object per line on stdout, at once."""

from __future__ import annotations

import json
import sys


def write_event(event: str, **facts: object) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()
