"""The audit: what a test code base would say about itself if it could not lie."""

from __future__ import annotations

from goldenpath.audit.auditing import NothingToAudit, Report, Request, audit
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.migration import migrate_legacy_mock_usage

__all__ = ["Finding", "NothingToAudit", "Report", "Request", "Severity", "audit", "migrate_legacy_mock_usage"]
