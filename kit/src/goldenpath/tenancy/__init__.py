"""Proof of tenant isolation: unique marks in each tenant's data, and a search for them everywhere else."""

from __future__ import annotations

from goldenpath.tenancy.answer import Answer
from goldenpath.tenancy.canary import Canary, Secret
from goldenpath.tenancy.leak import Leak
from goldenpath.tenancy.matrix import TenantMatrix
from goldenpath.tenancy.rehearsal import Actor
from goldenpath.tenancy.report import LeakReport, TenantLeak
from goldenpath.tenancy.search import LeakSearch
from goldenpath.tenancy.taps import Statements, listening

__all__ = [
    "Actor",
    "Answer",
    "Canary",
    "Leak",
    "LeakReport",
    "LeakSearch",
    "Secret",
    "Statements",
    "TenantLeak",
    "TenantMatrix",
    "listening",
]
