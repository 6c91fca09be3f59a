"""The faces of a report: one module each, all fed from the same findings."""

from __future__ import annotations

from goldenpath.audit.faces.console import console
from goldenpath.audit.faces.documents import as_github, as_json, as_junit, as_sarif
from goldenpath.audit.faces.page import as_html

__all__ = ["as_github", "as_html", "as_json", "as_junit", "as_sarif", "console"]
