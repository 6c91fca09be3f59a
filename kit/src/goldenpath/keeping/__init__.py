"""Files that outlive a process: where they are, how they are written whole, how a foreign one is refused."""

from __future__ import annotations

from goldenpath.keeping.document import Unusable, read_document, write_document
from goldenpath.keeping.folder import CACHE_VARIABLE, cache_folder, project_key
from goldenpath.keeping.writing import write_whole

__all__ = [
    "CACHE_VARIABLE",
    "Unusable",
    "cache_folder",
    "project_key",
    "read_document",
    "write_document",
    "write_whole",
]
