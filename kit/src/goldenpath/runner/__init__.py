"""One entry point that plans a run, runs it, and proves what ran."""

from __future__ import annotations
