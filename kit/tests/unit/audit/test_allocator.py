from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = r"""
import ast, resource
from goldenpath.audit.allocator import freed_memory_kept

source = "\n".join(f"def function_{number}(a, b):\n    return [a, b, {number}]" for number in range(3_000))

def pages_faulted_in(times):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        ast.parse(source)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

usual = pages_faulted_in(5)
with freed_memory_kept():
    ast.parse(source)
    kept = pages_faulted_in(5)
print(usual, kept, pages_faulted_in(5))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc gives memory back at once")
def test_memory_of_one_file_serves_the_next_and_is_given_back_at_the_end() -> None:
    """In a process of its own: what lies on the heap of this one decides how much of it can be given back."""
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    usual, kept, afterwards = map(int, answer.stdout.split())
    assert kept < usual / 2
    assert afterwards > kept
