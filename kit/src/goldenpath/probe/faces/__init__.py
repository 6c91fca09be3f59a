"""The faces of a probe: a terminal, a page, a build server."""

from __future__ import annotations
