"""Test doubles compiled from the real class: they cannot drift from it and cost next to nothing."""

from __future__ import annotations

from goldenpath.doubles.compiler import compile_spec, make
from goldenpath.doubles.making import double
from goldenpath.doubles.tape import Interference, Tape
from goldenpath.doubles.touch import tape_of

__all__ = ["Interference", "Tape", "compile_spec", "double", "make", "tape_of"]
