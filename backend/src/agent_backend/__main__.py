"""`python -m agent_backend` is the `agent-backend` command."""

from __future__ import annotations

import sys

from agent_backend.cli import main

if __name__ == "__main__":
    sys.exit(main())
