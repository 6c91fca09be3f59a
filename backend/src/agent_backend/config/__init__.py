"""Configuration: typed, from several sources, refused whole when any part of it is missing, bad or against a rule."""

from __future__ import annotations

from agent_backend.config.audit import ConfigChange
from agent_backend.config.manager import UnifiedConfigManager
from agent_backend.config.problem import ConfigError, Origin, Problem
from agent_backend.config.reading import Sources
from agent_backend.config.rules import why
from agent_backend.config.secret_chain import SecretAccount
from agent_backend.config.settings import AgentSettings, Environment, LanguageSettings, LogFormat, Profile, Settings

__all__ = [
    "AgentSettings",
    "ConfigChange",
    "ConfigError",
    "Environment",
    "LanguageSettings",
    "LogFormat",
    "Origin",
    "Problem",
    "Profile",
    "SecretAccount",
    "Settings",
    "Sources",
    "UnifiedConfigManager",
    "why",
]
