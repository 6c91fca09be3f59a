"""The last thing a keeper does: commands that undo what was made elsewhere."""

from __future__ import annotations

import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 20.0


def part(farewell: dict[str, Any]) -> None:
    """Run one farewell; it has a limited time, and what it could not undo it says on standard error."""
    try:
        subprocess.run(
            farewell["argv"],
            input=farewell.get("stdin", "").encode(),
            env=farewell["env"],
            timeout=LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"farewell: {error}\n")
