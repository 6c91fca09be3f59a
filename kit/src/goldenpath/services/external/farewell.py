"""Give a corner of an external server back; run by the keeper of the stack, with the order on standard input."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from goldenpath.services.external.corner import PREFIX


def main() -> None:
    """Remove the corner that the order names, and nothing that is not named like one."""
    order = json.load(sys.stdin)
    if not order["name"].startswith(PREFIX):
        sys.exit(f"{order['name']!r} does not start with {PREFIX!r}, so it is not removed")
    import_module(f"goldenpath.services.external.{order['kind']}").give_back(order["url"], order["name"])


if __name__ == "__main__":
    main()
