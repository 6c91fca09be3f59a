"""What is in the environment, who put it there, and the secrets among it."""

from __future__ import annotations

from goldenpath.environment.faults import (
    EnvFileError,
    EnvironmentFault,
    InvalidVariable,
    ProtectedVariable,
    UndeclaredRead,
    UnknownEnvironmentName,
)
from goldenpath.environment.isolated import IsolatedEnvironment, get_env
from goldenpath.environment.ledger import Change

__all__ = [
    "Change",
    "EnvFileError",
    "EnvironmentFault",
    "InvalidVariable",
    "IsolatedEnvironment",
    "ProtectedVariable",
    "UndeclaredRead",
    "UnknownEnvironmentName",
    "get_env",
]
