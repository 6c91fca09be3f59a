"""Which tests a change can touch, and which are left out because it cannot."""

from __future__ import annotations

from goldenpath.runner.impact.changes import ChangesUnknown, changed_files
from goldenpath.runner.impact.selection import Impact, select_changed

__all__ = ["ChangesUnknown", "Impact", "changed_files", "select_changed"]
