"""What tests there are, by reading the files alone, and why some of them never run."""

from __future__ import annotations

from goldenpath.runner.census.conventions import Conventions, ConventionsError, load_conventions
from goldenpath.runner.census.taking import TakenCensus, default_category, take_census

__all__ = ["Conventions", "ConventionsError", "TakenCensus", "default_category", "load_conventions", "take_census"]
