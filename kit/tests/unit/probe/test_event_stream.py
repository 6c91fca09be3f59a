from __future__ import annotations

import pytest

from goldenpath.probe.http import EventStream

BODY = b': hello\r\nevent: x\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:two\n\n\n'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_the_same_whatever_pieces_they_come_in(size: int) -> None:
    stream = EventStream()
    whole = [data for at in range(0, len(BODY), size) for data in stream.feed(BODY[at : at + size])]
    assert whole == ['{"a":\n1}', "two"]
    assert not stream.unfinished


@pytest.mark.parametrize("rest", [b"data: half", b"data: whole\n", b"da"])
def test_an_event_that_was_begun_and_not_ended_is_known(rest: bytes) -> None:
    stream = EventStream()
    assert stream.feed(rest) == []
    assert stream.unfinished
