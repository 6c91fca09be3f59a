"""The process that holds the suite: it alone runs the user's code, and the process that judges the run never does."""

from __future__ import annotations
