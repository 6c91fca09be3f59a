"""Which agents answer a question, by how far the data goes: the graph as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from agent_backend.analysis import Sufficiency

TRIAGE: Final = "triage"
REPORTING: Final = "reporting"

Route = Mapping[str, Sequence[str]]
"""Each step between triage and reporting, and the steps whose results it is handed; it waits for no other."""

_GATHER: Final[Route] = {"data_helper": [TRIAGE]}

ROUTES: Final[Mapping[Sufficiency, Route]] = {
    Sufficiency.SUFFICIENT: {"optimization": [TRIAGE], "actions": [TRIAGE, "optimization"]},
    Sufficiency.PARTIAL: {"data_helper": [TRIAGE], "data": [TRIAGE, "data_helper"]},
    Sufficiency.INSUFFICIENT: _GATHER,
    Sufficiency.UNKNOWN: _GATHER,
}

NEEDED: Final = {"actions": ("optimization",)}
"""A step that has nothing to work on without another's result is left out when that one failed."""
