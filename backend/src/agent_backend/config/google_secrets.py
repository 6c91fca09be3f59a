"""Secrets from Google Secret Manager, read as the service account that the process runs under."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from agent_backend.config.problem import ConfigError

SCHEME: Final = "google:"


class GoogleSecrets:
    """Reads the newest version of each secret of one project."""

    def __init__(self, project: str, client: Any, not_found: type[Exception], failure: type[Exception]) -> None:
        self.identity = f"the service account of this process (project {project})"
        self._project = project
        self._client = client
        self._not_found = not_found
        self._failure = failure

    @classmethod
    def open(cls, project: str) -> GoogleSecrets:
        """Use the credentials that the platform gives the process."""
        try:
            manager = import_module("google.cloud.secretmanager")
            exceptions = import_module("google.api_core.exceptions")
            credentials = import_module("google.auth.exceptions")
        except ImportError:
            raise ConfigError(
                "AGENT_BACKEND_SECRETS_ACCOUNT needs another package: pip install 'goldenpath-backend[gcp]'"
            ) from None
        try:
            client = manager.SecretManagerServiceClient()
        except credentials.GoogleAuthError as error:
            raise ConfigError(f"AGENT_BACKEND_SECRETS_ACCOUNT: no service account can be used ({error})") from None
        return cls(project, client, exceptions.NotFound, exceptions.GoogleAPIError)

    def read(self, name: str) -> str | None:
        """The newest version of a secret; None when the project has none of that name."""
        try:
            answer = self._client.access_secret_version(
                name=f"projects/{self._project}/secrets/{name}/versions/latest", timeout=10
            )
        except self._not_found:
            return None
        except self._failure as error:
            raise OSError(f"{type(error).__name__}") from error
        return str(answer.payload.data.decode("utf-8"))
