"""The report of a run as one HTML file."""

from __future__ import annotations

from goldenpath.runner.faces.page.building import run_page
from goldenpath.runner.faces.page.face import HtmlFace

__all__ = ["HtmlFace", "run_page"]
