"""The audit: what a test code base would say about itself if it could not lie.

Names are imported on first use (PEP 562): the second process reads files and needs nothing of what judges them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from goldenpath.audit.auditing import NothingToAudit, Report, Request, audit
    from goldenpath.audit.finding import Finding, Severity
    from goldenpath.audit.migration import migrate_legacy_mock_usage

_HOME = {
    "NothingToAudit": "auditing",
    "Report": "auditing",
    "Request": "auditing",
    "audit": "auditing",
    "Finding": "finding",
    "Severity": "finding",
    "migrate_legacy_mock_usage": "migration",
}
__all__ = ["Finding", "NothingToAudit", "Report", "Request", "Severity", "audit", "migrate_legacy_mock_usage"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
