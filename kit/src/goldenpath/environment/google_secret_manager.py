"""Google Secret Manager as a vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goldenpath.environment.faults import MissingExtra

if TYPE_CHECKING:
    from google.cloud.secretmanager import SecretManagerServiceClient


class GoogleSecretManager:
    """The secrets of one project, asked for with application default credentials unless a client is given.

    Needs the extra `gcp`. To an account that may not know, Google answers "denied" for what does not exist too; that is
    reported as it comes.
    """

    def __init__(
        self,
        project: str,
        *,
        version: str = "latest",
        client: SecretManagerServiceClient | None = None,
        account: str = "",
    ) -> None:
        """`account` is the identity to name in errors where the credentials cannot tell."""
        try:
            import google.cloud.secretmanager  # noqa: F401
        except ImportError:
            raise MissingExtra("GoogleSecretManager", "google-cloud-secret-manager", "gcp") from None
        self._project = project
        self._version = version
        self._client = client
        self._account = account or ("the account of the given client" if client else "")

    @property
    def identity(self) -> str:
        """The account behind the credentials, as far as they say."""
        self._connected()
        return self._account

    def access(self, key: str) -> bytes | None:
        """The payload of the secret's version."""
        from google.api_core.exceptions import NotFound, PermissionDenied, Unauthenticated

        name = f"projects/{self._project}/secrets/{key}/versions/{self._version}"
        try:
            return self._connected().access_secret_version(name=name).payload.data
        except NotFound:
            return None
        except (PermissionDenied, Unauthenticated) as refusal:
            reason = type(refusal).__name__
        raise PermissionError(f"{name}: {reason}")

    def _connected(self) -> SecretManagerServiceClient:
        if self._client is None:
            import google.auth
            from google.cloud.secretmanager import SecretManagerServiceClient

            credentials, _ = google.auth.default()
            self._account = self._account or _account(credentials)
            self._client = SecretManagerServiceClient(credentials=credentials)
        return self._client


def _account(credentials: Any) -> str:
    for name in ("service_account_email", "signer_email", "account"):
        account = getattr(credentials, name, "")
        if account:
            return str(account)
    return "application default credentials"
