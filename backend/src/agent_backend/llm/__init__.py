"""The language layer: it words what the agents computed, and computes nothing itself."""

from __future__ import annotations

from agent_backend.llm.budget import LanguageBudget, Unlimited
from agent_backend.llm.checks import Untrusted, check_sentence, check_whole
from agent_backend.llm.language import Facts, LanguageLayer, OfflineLanguage, Prose, Told
from agent_backend.llm.openai_compatible import Endpoint, OpenAICompatibleLanguage
from agent_backend.llm.stream import Garbage, ReplyStream

__all__ = [
    "Endpoint",
    "Facts",
    "Garbage",
    "LanguageBudget",
    "LanguageLayer",
    "OfflineLanguage",
    "OpenAICompatibleLanguage",
    "Prose",
    "ReplyStream",
    "Told",
    "Unlimited",
    "Untrusted",
    "check_sentence",
    "check_whole",
]
