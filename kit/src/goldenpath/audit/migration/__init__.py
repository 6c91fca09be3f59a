"""Rewriting what is certain, byte span by byte span, and saying why the rest stays."""

from __future__ import annotations

from goldenpath.audit.migration.legacy import migrate_legacy_mock_usage
from goldenpath.audit.migration.planning import Migrated, Refusal, migrate_file

__all__ = ["Migrated", "Refusal", "migrate_file", "migrate_legacy_mock_usage"]
