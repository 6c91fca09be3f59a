"""The outermost floor: HTTP routes, the assembly of the service, and the server that runs it."""

from __future__ import annotations

from agent_backend.web.accounts import TenantCredentials
from agent_backend.web.application import create_app
from agent_backend.web.server import Announce, listen, serve
from agent_backend.web.services import Services, open_services
from agent_backend.web.usage_import import FileImport

__all__ = ["Announce", "FileImport", "Services", "TenantCredentials", "create_app", "listen", "open_services", "serve"]
