"""A small, real, multi-tenant agent chat service: the reference backend."""

from __future__ import annotations

__version__ = "0.1.0"
