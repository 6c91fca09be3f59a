"""Test doubles compiled from the real class: they cannot drift from it and cost next to nothing."""

from __future__ import annotations

from goldenpath.doubles.compiler import compile_spec, make
from goldenpath.doubles.drift import verify_doubles
from goldenpath.doubles.factory import SSotMockFactory, get_mock_factory
from goldenpath.doubles.failures import SimulatedFailure
from goldenpath.doubles.making import double
from goldenpath.doubles.scripting import answer_with, client_of
from goldenpath.doubles.tape import Interference, Tape
from goldenpath.doubles.touch import tape_of

__all__ = [
    "Interference",
    "SSotMockFactory",
    "SimulatedFailure",
    "Tape",
    "answer_with",
    "client_of",
    "compile_spec",
    "double",
    "get_mock_factory",
    "make",
    "tape_of",
    "verify_doubles",
]
