"""The last thing a keeper does: commands that undo what was made elsewhere."""

from __future__ import annotations

import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 20.0
FORCED = "GOLDENPATH_FORCED"
"""The environment variable by which a farewell knows that nothing is to get time to end by itself."""


def part(farewell: dict[str, Any], *, forced: bool = True) -> None:
    """Run one farewell; it has a limited time, and what it could not undo it says on standard error."""
    try:
        subprocess.run(
            farewell["argv"],
            input=farewell.get("stdin", "").encode(),
            env={**farewell["env"], FORCED: str(int(forced))},
            timeout=LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"farewell: {error}\n")
