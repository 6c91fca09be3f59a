"""Test doubles compiled from the real class, and the one factory that makes them."""

from __future__ import annotations

from goldenpath.doubles.factory import SSotMockFactory, get_mock_factory
from goldenpath.doubles.failures import SimulatedFailure
from goldenpath.doubles.scripting import answer_with, client_of

__all__ = ["SSotMockFactory", "SimulatedFailure", "answer_with", "client_of", "get_mock_factory"]
