"""Real databases for tests: each test its own, in milliseconds."""

from __future__ import annotations

from goldenpath.databases.address import Address
from goldenpath.databases.agreement import assert_in_sync
from goldenpath.databases.errors import (
    AddressError,
    CannotReset,
    DatabaseTestError,
    LeakedConnections,
    OutOfSync,
    TemplateError,
)
from goldenpath.databases.fingerprint import fingerprint
from goldenpath.databases.isolated import IsolatedDatabase, OpenConnection
from goldenpath.databases.stores import IsolatedStores
from goldenpath.databases.template import Template
from goldenpath.databases.utility import DatabaseTestUtility

__all__ = [
    "Address",
    "AddressError",
    "CannotReset",
    "DatabaseTestError",
    "DatabaseTestUtility",
    "IsolatedDatabase",
    "IsolatedStores",
    "LeakedConnections",
    "OpenConnection",
    "OutOfSync",
    "Template",
    "TemplateError",
    "assert_in_sync",
    "fingerprint",
]
