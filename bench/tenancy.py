"""Searching for canaries: all shapes at once, against looking for each shape of each mark by itself."""

from __future__ import annotations

import base64
import random
from time import perf_counter

from _measuring import publish, taking_turns

from goldenpath.tenancy import Canary, LeakSearch
from goldenpath.tenancy.encodings import shapes
from goldenpath.tenancy.needles import Needles

MARKS = 100
SIZE = 8 * 1024 * 1024
PLANTED = 20


def haystack(canary: Canary) -> bytes:
    """Log lines, JSON and base64, with some of the marks in it, a few of them encoded."""
    chance = random.Random(7)
    lines = []
    size = 0
    while size < SIZE:
        noise = base64.b64encode(chance.randbytes(90)).decode()
        line = f'2026-01-01T00:00:{size % 60:02} INFO request {chance.getrandbits(64):016x} {{"cursor": "{noise}"}}\n'
        lines.append(line.encode())
        size += len(line)
    for number, secret in enumerate(canary.secrets[:PLANTED]):
        plain = secret.value.encode()
        encoded = (plain, base64.b64encode(b"x" + plain), plain.hex().encode())[number % 3]
        lines[chance.randrange(len(lines))] += encoded + b"\n"
    return b"".join(lines)


def measure(rounds: int = 5) -> dict[str, object]:
    """Both sides over the same bytes; they have to find the same marks."""
    canary = Canary("acme", seed=1)
    for number in range(MARKS):
        canary.token(f"field {number}")
    stranger = Canary("globex", seed=1)
    data = haystack(canary)
    needles = Needles(canary)
    one_by_one = [(secret.label, shape.needle) for secret in canary for shape in shapes(secret.value)]
    found: dict[str, set[str]] = {}

    def ours() -> float:
        start = perf_counter()
        found["ours"] = {match.secret.label for match in needles.find(data)}
        return len(data) / (perf_counter() - start)

    def naive() -> float:
        start = perf_counter()
        found["naive"] = {label for label, needle in one_by_one if needle in data}
        return len(data) / (perf_counter() - start)

    def whole_look() -> float:
        """What a test pays: the marks of another tenant, taken apart, searched, masked and told."""
        search = LeakSearch(canary, stranger)
        start = perf_counter()
        found["look"] = {leak.label for leak in search.eyes_of("globex").value("logs", data)}
        return len(data) / (perf_counter() - start)

    our_rate, naive_rate, look_rate = taking_turns(ours, naive, whole_look, rounds=rounds)
    if not found["ours"] == found["naive"] == found["look"] == {f"field {number}" for number in range(PLANTED)}:
        raise AssertionError(found)
    return {
        "search_vs_naive": our_rate / naive_rate,
        "look_vs_naive": look_rate / naive_rate,
        "bytes_per_s": our_rate,
        "look_bytes_per_s": look_rate,
        "naive_bytes_per_s": naive_rate,
        "marks": MARKS,
        "shapes": len(one_by_one),
        "megabytes": len(data) / 2**20,
    }


if __name__ == "__main__":
    publish("Searching for a hundred canaries in every encoding", measure)
