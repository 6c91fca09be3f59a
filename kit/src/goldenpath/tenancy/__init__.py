"""Proof of tenant isolation: unique marks in each tenant's data, and a search for them everywhere else."""

from __future__ import annotations

from goldenpath.tenancy.answer import Answer
from goldenpath.tenancy.canary import Canary, Secret
from goldenpath.tenancy.leak import Leak
from goldenpath.tenancy.matrix import TenantMatrix
from goldenpath.tenancy.profile import Check, DataClass, Profile
from goldenpath.tenancy.profiles import HIPAA, PROFILES, SEC, SOC2
from goldenpath.tenancy.rehearsal import Actor
from goldenpath.tenancy.report import LeakReport, TenantLeak
from goldenpath.tenancy.search import LeakSearch
from goldenpath.tenancy.taps import Statements, listening
from goldenpath.tenancy.verdict import ProfileVerdict

__all__ = [
    "HIPAA",
    "PROFILES",
    "SEC",
    "SOC2",
    "Check",
    "DataClass",
    "Profile",
    "ProfileVerdict",
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
