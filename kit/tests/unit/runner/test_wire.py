from __future__ import annotations

import socket
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from goldenpath.runner.wire import Wire

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.lists(st.lists(VALUES, max_size=4), max_size=8))
def test_messages_arrive_whole_and_in_order(messages: list[list[Any]]) -> None:
    here, theirs = Wire.pair()
    there = Wire(theirs)
    for message in messages:
        assert here.send(*message)
    here.close()
    received = []
    while (message := there.receive()) is not None:
        received.append(list(message))
    assert received == messages
    assert there.closed
    there.close()


def test_half_a_message_waits_for_the_rest() -> None:
    ours, theirs = socket.socketpair()
    there = Wire(theirs)
    whole, far = Wire.pair()
    whole.send("hello", 1)
    data = far.recv(1000)
    ours.sendall(data[:5])
    assert list(there.drain()) == []
    ours.sendall(data[5:] + data)
    assert list(there.drain()) == [("hello", 1), ("hello", 1)]
    for end in (ours, far):
        end.close()
    for wire in (there, whole):
        wire.close()


def test_a_socket_is_handed_over_with_a_message() -> None:
    here, theirs = Wire.pair()
    there = Wire(theirs)
    kept, given_away = Wire.pair()
    here.hand_over(given_away, "fork", "gw0")
    assert there.receive() == ("fork", "gw0")
    taken = Wire(there.handed_over())
    taken.send("ready")
    assert kept.receive() == ("ready",)
    for wire in (here, there, kept, taken):
        wire.close()


def test_nobody_left_to_read_is_said_and_not_raised() -> None:
    here, theirs = Wire.pair()
    theirs.close()
    assert not here.send("hello")
    assert here.receive() is None
    here.close()
    assert not here.send("hello")


def test_who_stops_half_way_through_the_messages_finds_each_of_the_others_once() -> None:
    here, theirs = Wire.pair()
    there = Wire(theirs)
    for number in range(3):
        here.send(number)
    stopped = there.drain()
    assert next(stopped) == (0,)
    here.send(3)
    assert list(there.drain()) == [(1,), (2,), (3,)]
    here.close()
    there.close()
