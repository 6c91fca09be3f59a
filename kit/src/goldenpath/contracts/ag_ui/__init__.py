"""The AG-UI 1.0 protocol as a contract, and the golden path said in its words."""

from __future__ import annotations

from goldenpath.contracts.ag_ui.contract import AG_UI
from goldenpath.contracts.ag_ui.export import to_ag_ui

__all__ = ["AG_UI", "to_ag_ui"]
