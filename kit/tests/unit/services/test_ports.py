from __future__ import annotations

import socket
from itertools import count

import pytest

from goldenpath.services import StartError, UnavailableError
from goldenpath.services.ports import LOOPBACK, PortTaken, on_some_port


def test_a_port_that_was_taken_meanwhile_is_not_fatal() -> None:
    tried: list[int] = []

    def listen(port: int) -> None:
        tried.append(port)
        if port < 4:
            raise PortTaken

    assert on_some_port("web", None, listen, candidate=count(1).__next__) == 4
    assert tried == [1, 2, 3, 4]


def test_a_wanted_port_that_is_taken_is_refused_by_number() -> None:
    def listen(port: int) -> None:
        raise PortTaken

    with pytest.raises(UnavailableError, match="'web' is to listen on port 5433, which is taken"):
        on_some_port("web", 5433, listen)


def test_it_gives_up_after_many_ports() -> None:
    def listen(port: int) -> None:
        raise PortTaken

    with pytest.raises(StartError, match="each of 20 ports taken"):
        on_some_port("web", None, listen)


def test_the_candidates_are_free_ports_of_the_loopback() -> None:
    def listen(port: int) -> None:
        with socket.socket() as server:
            server.bind((LOOPBACK, port))

    assert on_some_port("web", None, listen) > 1023
