from __future__ import annotations

import asyncio

import pytest

from goldenpath.live.credentials import Credentials


def test_no_secret_is_in_a_repr() -> None:
    credentials = Credentials(token="s3cret", ticket="s3cret", headers={"X": "s3cret"}, query={"q": "s3cret"})
    assert "s3cret" not in repr(credentials)
    assert "s3cret" not in repr(asyncio.run(credentials.handshake("/ws")))


def test_a_place_for_the_token_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="token_in is one of header, subprotocol, query, got 'cookie'"):
        Credentials(token_in="cookie")


@pytest.mark.parametrize("name", ["", "two words", "a,b", "a/b"])
def test_a_subprotocol_that_no_header_can_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a subprotocol is a word"):
        Credentials(subprotocols=[name])


def test_a_token_that_no_subprotocol_can_hold_is_refused_without_being_shown() -> None:
    credentials = Credentials(token="a token=", token_in="subprotocol")
    with pytest.raises(ValueError, match="cannot travel as a subprotocol") as refusal:
        asyncio.run(credentials.handshake("/ws"))
    assert "a token=" not in str(refusal.value)


def test_the_query_of_the_path_is_kept_and_comes_first() -> None:
    handshake = asyncio.run(Credentials(ticket="a b").handshake("/ws?room=1"))
    assert (handshake.path, handshake.query) == ("/ws", "room=1&ticket=a%20b")


def test_only_a_ticket_given_as_text_is_used_up() -> None:
    assert not Credentials(ticket="once").works_again
    assert Credentials(ticket=lambda: "fresh").works_again
    assert Credentials(token="for an hour").works_again
