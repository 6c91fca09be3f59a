"""What is in the environment, who put it there, and the secrets among it."""

from __future__ import annotations

from goldenpath.environment.faults import (
    EnvFileError,
    EnvironmentFault,
    InvalidVariable,
    MissingExtra,
    ProtectedVariable,
    SecretPlanError,
    UndeclaredRead,
    UnknownEnvironmentName,
)
from goldenpath.environment.google_secret_manager import GoogleSecretManager
from goldenpath.environment.isolated import IsolatedEnvironment, get_env
from goldenpath.environment.ledger import Change
from goldenpath.environment.secret import Secret, SecretCheck, SecretError, SecretRule, SecretStage
from goldenpath.environment.secret_loader import SecretLoader
from goldenpath.environment.secret_source import (
    DirectorySource,
    EnvironmentSource,
    FileSource,
    SecretSource,
    SecretVault,
    ServiceAccountSource,
)

__all__ = [
    "Change",
    "DirectorySource",
    "EnvFileError",
    "EnvironmentFault",
    "EnvironmentSource",
    "FileSource",
    "GoogleSecretManager",
    "InvalidVariable",
    "IsolatedEnvironment",
    "MissingExtra",
    "ProtectedVariable",
    "Secret",
    "SecretCheck",
    "SecretError",
    "SecretLoader",
    "SecretPlanError",
    "SecretRule",
    "SecretSource",
    "SecretStage",
    "SecretVault",
    "ServiceAccountSource",
    "UndeclaredRead",
    "UnknownEnvironmentName",
    "get_env",
]
