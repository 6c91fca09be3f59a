"""The faces of a run: what people and machines see while it happens and when it is done."""

from __future__ import annotations

from goldenpath.runner.faces.opening import open_faces

__all__ = ["open_faces"]
