"""Rewriting what is certain, byte span by byte span, and saying why the rest stays."""

from __future__ import annotations

from goldenpath.audit.migration.planning import STEPS, Migrated, Refusal, migrate_file, migrate_legacy_mock_usage

__all__ = ["STEPS", "Migrated", "Refusal", "migrate_file", "migrate_legacy_mock_usage"]
