"""Running tests on this machine: processes that hold the suite, and who gets which test when."""

from __future__ import annotations
