"""`import goldenpath` against `import unittest.mock`.

Each figure is taken inside a fresh interpreter, around the import statement alone, so that neither side contains the
start of the interpreter and its site packages. Every start has the same warm byte code.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from _measuring import publish, taking_turns

ROUNDS = 21
CLOCKED = "from time import perf_counter; start = perf_counter(); import {}; print(perf_counter() - start)"


def import_seconds(module: str) -> float:
    """How long a fresh interpreter takes to import a module."""
    command = [sys.executable, "-c", CLOCKED.format(module)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """The two medians and their ratio."""
    sides = [partial(import_seconds, module) for module in ("goldenpath", "unittest.mock")]
    kit, mock = taking_turns(*sides, rounds=rounds)
    return {"import_ratio": kit / mock, "import_goldenpath_ms": kit * 1e3, "import_unittest_mock_ms": mock * 1e3}


if __name__ == "__main__":
    publish("import goldenpath costs at most half of import unittest.mock", measure)
