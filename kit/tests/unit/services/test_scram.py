from __future__ import annotations

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from goldenpath.services.scram import Scram


def test_the_example_of_the_rfc() -> None:
    challenge = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    said = Scram("pencil", "rOprNGfwEbeRWgbNEkqO").final(challenge)
    assert said.startswith(b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=")


@given(password=st.text(), salt=st.binary(min_size=1), rounds=st.integers(1, 20))
def test_the_proof_is_what_a_server_that_stores_only_the_key_expects(password: str, salt: bytes, rounds: int) -> None:
    client = Scram(password, "mine")
    bare = client.first().decode().removeprefix("n,,")
    challenge = f"r=mineyours,s={base64.b64encode(salt).decode()},i={rounds}"
    final = client.final(challenge.encode()).decode()
    without_proof, _, proof = final.rpartition(",p=")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    signature = hmac.digest(stored, f"{bare},{challenge},{without_proof}".encode(), "sha256")
    key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
    assert hashlib.sha256(key).digest() == stored
