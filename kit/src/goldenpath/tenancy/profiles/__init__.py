"""The regimes there are profiles for."""

from __future__ import annotations

from goldenpath.tenancy.profiles.hipaa import HIPAA
from goldenpath.tenancy.profiles.sec import SEC
from goldenpath.tenancy.profiles.soc2 import SOC2

PROFILES = {profile.name: profile for profile in (HIPAA, SOC2, SEC)}
"""Each profile by its name."""

__all__ = ["HIPAA", "PROFILES", "SEC", "SOC2"]
