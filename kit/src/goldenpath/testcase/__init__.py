"""Base classes for test cases, and the same tools for tests that are functions."""

from __future__ import annotations

from goldenpath.testcase.case import SSotAsyncTestCase, SSotBaseTestCase
from goldenpath.testcase.context import CaseContext
from goldenpath.testcase.metrics import Metrics, Tracked
from goldenpath.testcase.tools import CaseTools, ExpectedException, FunctionCase

__all__ = [
    "CaseContext",
    "CaseTools",
    "ExpectedException",
    "FunctionCase",
    "Metrics",
    "SSotAsyncTestCase",
    "SSotBaseTestCase",
    "Tracked",
]
