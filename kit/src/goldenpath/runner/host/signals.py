"""The signal that asks a process for the stacks of its threads."""

from __future__ import annotations

import signal
from typing import Final

STACK_SIGNAL: Final[int] = signal.SIGRTMIN + 7 if hasattr(signal, "SIGRTMIN") else 0
"""A real-time signal, because programs under test have uses of their own for the others; 0 where there is none."""
