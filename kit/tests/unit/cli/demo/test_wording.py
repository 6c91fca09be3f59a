from __future__ import annotations

import io

import pytest

from goldenpath.cli.demo.wording import WIDTH, glance, spelled, wrapped


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "ready … ✓ Zoë"), ("ascii", "ready ... ok Zo?"), ("latin-1", "ready ... ok Zoë")],
)
def test_a_line_is_spelled_in_the_letters_that_the_stream_has(encoding: str, said: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert spelled("ready … ✓ Zoë", stream) == said
    stream.write(spelled("ready … ✓ Zoë", stream))
    stream.flush()


def test_a_long_line_is_broken_where_every_terminal_ends() -> None:
    lines = wrapped("every word counts " * 20, "  ")
    assert max(map(len, lines)) <= WIDTH < 80
    assert all(line.startswith("  ") for line in lines)


def test_a_glance_at_an_event_tells_what_matters_in_it() -> None:
    assert glance({"type": "tool_completed", "payload": {"duration_ms": 7}}) == "7 ms"
    assert glance({"type": "agent_completed", "payload": {"result": {"text": "You\nspent $1."}}}) == "You spent $1."
    assert glance({"type": "agent_error", "payload": {"message": "it failed"}}) == "it failed"
    assert glance({"type": "news"}) == "{}"
