from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from agent_backend.context import Kind, UnifiedIDManager
from agent_backend.context.ids import SKEW
from agent_backend.identity import SignedTokens, SigningKeys, Token, TokenRefused
from agent_backend.identity.tokens import Claims, Use

SECRET = "the secret of these tests, which is long enough"


class Issuer:
    """Issues and verifies access tokens of one minute."""

    def __init__(self, tokens: SignedTokens, clock: Any) -> None:
        self.tokens = tokens
        self.clock = clock

    def issue(self, claims: Claims, use: Use = Use.ACCESS) -> Token:
        return self.tokens.issue(use, claims, self.clock.now() + timedelta(minutes=1))

    def verify(self, text: str) -> Claims:
        return self.tokens.verify(Use.ACCESS, text)


@pytest.fixture
def keys() -> list[SigningKeys]:
    """The last one is in force."""
    return [SigningKeys(SECRET)]


@pytest.fixture
def tokens(clock: Any, ids: UnifiedIDManager, keys: list[SigningKeys]) -> Issuer:
    return Issuer(SignedTokens(lambda: keys[-1], clock, ids), clock)


@pytest.fixture
def ada(tokens: Issuer, ids: UnifiedIDManager) -> Claims:
    return tokens.tokens.claims(ids.new(Kind.TENANT), ids.new(Kind.USER), ids.new(Kind.SESSION))


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def test_a_token_speaks_for_its_user_until_it_expires(tokens: Issuer, ada: Claims, clock: Any) -> None:
    token = tokens.issue(ada)
    clock.move(seconds=token.expires_in - 1)
    assert tokens.verify(token.text) == ada
    clock.move(seconds=1)
    with pytest.raises(TokenRefused):
        tokens.verify(token.text)


def test_a_token_carries_the_seven_claims_and_its_session(tokens: Issuer, ada: Claims) -> None:
    content = claims(tokens.issue(ada).text)
    assert sorted(content) == ["aud", "exp", "iat", "iss", "jti", "sid", "sub", "tenant"]
    assert (content["sub"], content["tenant"], content["sid"]) == (ada.user_id, ada.tenant_id, ada.session_id)
    another = tokens.tokens.claims(ada.tenant_id, ada.user_id, ada.session_id)
    assert content["jti"] == ada.token_id != another.token_id


def test_a_refresh_token_does_not_pass_for_an_access_token_nor_the_other_way(tokens: Issuer, ada: Claims) -> None:
    access, refresh = tokens.issue(ada), tokens.issue(ada, Use.REFRESH)
    assert tokens.tokens.verify(Use.REFRESH, refresh.text) == ada
    for use, token in ((Use.ACCESS, refresh), (Use.REFRESH, access)):
        with pytest.raises(TokenRefused):
            tokens.tokens.verify(use, token.text)


def test_a_key_that_is_replaced_verifies_until_it_is_dropped(
    tokens: Issuer, ada: Claims, keys: list[SigningKeys]
) -> None:
    old = tokens.issue(ada).text
    keys.append(SigningKeys("the next secret of these tests, long enough", SECRET))
    new = tokens.issue(ada).text
    assert tokens.verify(old) == tokens.verify(new) == ada
    keys.append(SigningKeys("the next secret of these tests, long enough"))
    assert tokens.verify(new) == ada
    with pytest.raises(TokenRefused):
        tokens.verify(old)
    assert "secret" not in repr(keys)


@pytest.mark.parametrize("claim", ["sub", "tenant", "sid", "iat", "exp", "iss", "aud", "jti"])
def test_a_token_that_lacks_a_claim_is_refused(tokens: Issuer, ada: Claims, claim: str) -> None:
    changed = claims(tokens.issue(ada).text)
    del changed[claim]
    with pytest.raises(TokenRefused):
        tokens.verify(jwt.encode(changed, SECRET, "HS256"))


@pytest.mark.parametrize(
    "change",
    [
        {"sub": "root"},
        {"sub": "ten_01a1fcae7e2477d6809bbd58925915d0"},
        {"tenant": "*"},
        {"sid": "ten_01a1fcae7e2477d6809bbd58925915d0"},
        {"sid": 7},
        {"jti": "1"},
        {"tenant": ["ten_01a1fcae7e2477d6809bbd58925915d0"]},
        {"tenant": None},
        {"exp": "never"},
        {"exp": None},
        {"exp": {}},
        {"iat": "always"},
        {"aud": "another service"},
        {"aud": []},
    ],
)
def test_a_token_with_a_strange_claim_is_refused(tokens: Issuer, ada: Claims, change: dict[str, Any]) -> None:
    forged = jwt.encode(claims(tokens.issue(ada).text) | change, SECRET, "HS256")
    with pytest.raises(TokenRefused):
        tokens.verify(forged)


def test_a_token_of_an_instance_whose_clock_is_ahead_is_taken(tokens: Issuer, ada: Claims, clock: Any) -> None:
    token = tokens.issue(ada).text
    clock.move(seconds=-SKEW.total_seconds())
    assert tokens.verify(token) == ada


def test_a_token_from_the_future_is_refused(tokens: Issuer, ada: Claims, clock: Any) -> None:
    token = tokens.issue(ada).text
    clock.move(seconds=-SKEW.total_seconds() - 1)
    with pytest.raises(TokenRefused):
        tokens.verify(token)


def test_a_token_of_another_signature_is_refused(tokens: Issuer, ada: Claims) -> None:
    token = tokens.issue(ada).text
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    unsigned = ".".join([header, token.split(".")[1], ""])
    for forged in (jwt.encode(claims(token), SECRET + "!", "HS256"), unsigned, token[:-1], token + "x", "", "a.b.c"):
        with pytest.raises(TokenRefused):
            tokens.verify(forged)


def test_a_token_does_not_show_in_a_repr(tokens: Issuer, ada: Claims) -> None:
    token = tokens.issue(ada)
    assert token.text not in repr(token)
