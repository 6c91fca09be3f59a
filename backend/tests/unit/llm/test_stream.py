from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_backend.llm import Garbage, ReplyStream


def event(content: str | None = None, **choice: object) -> bytes:
    delta = {} if content is None else {"content": content}
    return b"data: " + json.dumps({"choices": [{"delta": delta, **choice}]}).encode() + b"\n\n"


END = b"data: [DONE]\n\n"


def read(data: bytes, size: int = 1 << 16) -> list[str]:
    reply = ReplyStream()
    found: list[str] = []
    for start in range(0, len(data), size):
        found += reply.feed(data[start : start + size])
    return [*found, *reply.finish()]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_sentences_come_whole_however_the_bytes_are_cut(size: int) -> None:
    data = event("You spent $1.50 in a") + b": a comment\n" + event("ll. And th\nat is it") + event("!") + END
    assert read(data, size) == ["You spent $1.50 in all.", "And th at is it!"]


def test_a_sentence_is_told_before_the_next_is_complete() -> None:
    reply = ReplyStream()
    assert [*reply.feed(event("First. Sec"))] == ["First."]


def test_the_tokens_that_were_used_are_read() -> None:
    reply = ReplyStream()
    [*reply.feed(event("A.") + b'data: {"choices": [], "usage": {"total_tokens": 42}}\n\n' + END)]
    assert (reply.tokens, [*reply.finish()]) == (42, ["A."])


@pytest.mark.parametrize(
    "data",
    [
        b"<html>no</html>\n",
        b"data: {not json}\n",
        b'data: {"choices": 3}\n',
        b'data: {"choices": [{"delta": {"content": 5}}]}\n',
        b"data: " + b"[" * 100_000 + b"\n",
        event("cut off"),
        event("too long.", finish_reason="length") + END,
        event("x" * 20_000) + END,
        b"data: " + b"x" * 70_000,
    ],
)
def test_what_is_no_whole_reply_is_garbage(data: bytes) -> None:
    with pytest.raises(Garbage):
        read(data)


def outcome(data: bytes, size: int) -> list[str] | type[Garbage]:
    try:
        return read(data, size)
    except Garbage:
        return Garbage


@given(st.binary(max_size=300), st.integers(1, 40))
def test_any_bytes_are_the_same_sentences_or_garbage_however_they_are_cut(data: bytes, size: int) -> None:
    assert outcome(data, size) == outcome(data, len(data) + 1)
