"""What can go wrong with services: each error names what was wrong, what was expected and what mends it."""

from __future__ import annotations


class ServiceError(Exception):
    """A service could not be defined, found, started, reached or kept alive."""


class DefinitionError(ServiceError):
    """The definition of a service or of the graph is wrong; nothing was started."""


class UnavailableError(ServiceError):
    """What a provider needs is not there: a binary, a package, an engine, a server."""


class StartError(ServiceError):
    """A service was launched and did not become ready; the message ends with its log."""


class DeadError(ServiceError):
    """A service that was ready has died."""


class StormError(ServiceError):
    """A service was restarted too often in too short a time."""
