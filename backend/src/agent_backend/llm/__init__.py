"""The language layer: it words what the agents computed, and computes nothing itself."""

from __future__ import annotations

from agent_backend.llm.language import LanguageLayer, OfflineLanguage

__all__ = ["LanguageLayer", "OfflineLanguage"]
