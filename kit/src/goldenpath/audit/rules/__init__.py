"""The rules: one module each, named by id, offering `RULE`."""

from __future__ import annotations
