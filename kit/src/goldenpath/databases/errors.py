"""What can go wrong between a test and its database: what it was, and what mends it."""

from __future__ import annotations


class DatabaseTestError(Exception):
    """A test's database could not be made, isolated, reset or let go."""


class AddressError(DatabaseTestError, ValueError):
    """A database URL that no driver can be given without guessing."""


class TemplateError(DatabaseTestError):
    """The migrations of a template failed, or there are none."""


class CannotReset(DatabaseTestError):
    """This database cannot be put back to what it was; another one has to be cloned."""


class LeakedConnections(DatabaseTestError):
    """A test left connections to its database open."""


class OutOfSync(AssertionError):
    """The stores disagree about the same facts."""
