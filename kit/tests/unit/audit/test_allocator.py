from __future__ import annotations

import ast
import resource
import sys

import pytest

from goldenpath.audit.allocator import freed_memory_kept

SOURCE = "\n".join(f"def function_{number}(a, b):\n    return [a, b, {number}]" for number in range(3_000))


def pages_faulted_in(times: int) -> int:
    """How many pages parsing the same text so many times had to get from the system."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        ast.parse(SOURCE)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc gives memory back at once")
def test_memory_of_one_file_serves_the_next_and_is_given_back_at_the_end() -> None:
    usual = pages_faulted_in(5)
    with freed_memory_kept():
        ast.parse(SOURCE)
        kept = pages_faulted_in(5)
    assert kept < usual / 2
    assert pages_faulted_in(5) > kept
