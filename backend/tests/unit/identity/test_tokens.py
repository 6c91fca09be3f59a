from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from agent_backend.context import Kind, Principal, UnifiedIDManager
from agent_backend.identity import AccessTokens, TokenRefused

SECRET = "the secret of these tests, which is long enough"


@pytest.fixture
def tokens(clock: Any, ids: UnifiedIDManager) -> AccessTokens:
    return AccessTokens(SECRET, clock, ids)


@pytest.fixture
def ada(ids: UnifiedIDManager) -> Principal:
    return Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def test_a_token_speaks_for_its_user_until_it_expires(tokens: AccessTokens, ada: Principal, clock: Any) -> None:
    token = tokens.issue(ada)
    clock.move(seconds=token.expires_in - 1)
    assert tokens.verify(token.text) == ada
    clock.move(seconds=1)
    with pytest.raises(TokenRefused):
        tokens.verify(token.text)


def test_a_token_carries_the_seven_claims_and_an_id_of_its_own(tokens: AccessTokens, ada: Principal) -> None:
    first, second = claims(tokens.issue(ada).text), claims(tokens.issue(ada).text)
    assert sorted(first) == ["aud", "exp", "iat", "iss", "jti", "sub", "tenant"]
    assert (first["sub"], first["tenant"]) == (ada.user_id, ada.tenant_id)
    assert first["jti"] != second["jti"]


@pytest.mark.parametrize("claim", ["sub", "tenant", "iat", "exp", "iss", "aud", "jti"])
def test_a_token_that_lacks_a_claim_is_refused(tokens: AccessTokens, ada: Principal, claim: str) -> None:
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
def test_a_token_with_a_strange_claim_is_refused(tokens: AccessTokens, ada: Principal, change: dict[str, Any]) -> None:
    forged = jwt.encode(claims(tokens.issue(ada).text) | change, SECRET, "HS256")
    with pytest.raises(TokenRefused):
        tokens.verify(forged)


def test_a_token_from_the_future_is_refused(tokens: AccessTokens, ada: Principal, clock: Any) -> None:
    token = tokens.issue(ada).text
    clock.move(seconds=-1)
    with pytest.raises(TokenRefused):
        tokens.verify(token)


def test_a_token_of_another_signature_is_refused(tokens: AccessTokens, ada: Principal) -> None:
    token = tokens.issue(ada).text
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    unsigned = ".".join([header, token.split(".")[1], ""])
    for forged in (jwt.encode(claims(token), SECRET + "!", "HS256"), unsigned, token[:-1], token + "x", "", "a.b.c"):
        with pytest.raises(TokenRefused):
            tokens.verify(forged)


def test_a_token_does_not_show_in_a_repr(tokens: AccessTokens, ada: Principal) -> None:
    token = tokens.issue(ada)
    assert token.text not in repr(token)
