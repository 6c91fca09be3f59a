from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.databases import Address, AddressError
from goldenpath.databases.address import MODES, SCHEMES

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs", "Cc")), min_size=1)
ADDRESSES = st.builds(
    Address,
    database=NAMES.filter(lambda name: not name.startswith("/")),
    user=NAMES,
    password=st.just("") | NAMES,
    host=st.sampled_from(["db.example", "127.0.0.1", "::1"]),
    port=st.none() | st.integers(1, 65535),
    sslmode=st.none() | st.sampled_from(MODES),
    options=st.just({}) | st.just({"application_name": "a&b"}),
)


@given(ADDRESSES, st.sampled_from(sorted(SCHEMES)))
def test_an_address_survives_being_written_for_any_driver_and_read_again(address: Address, driver: str) -> None:
    assert Address.parse(address.url(driver)) == address  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_tls_is_sslmode_to_libpq_and_ssl_to_sqlalchemy_over_asyncpg(mode: str) -> None:
    for written in (f"postgresql://u@h/d?sslmode={mode}", f"postgresql+asyncpg://u@h/d?ssl={mode}"):
        address = Address.parse(written)
        assert address.url("libpq") == f"postgresql://u@h/d?sslmode={mode}"
        assert address.url("asyncpg") == f"postgresql://u@h/d?sslmode={mode}"
        assert address.url("sqlalchemy+asyncpg") == f"postgresql+asyncpg://u@h/d?ssl={mode}"
        assert address.url("sqlalchemy+psycopg") == f"postgresql+psycopg://u@h/d?sslmode={mode}"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://h/d?sslmode=require&ssl=disable", "sslmode=require and ssl=disable contradict each other"),
        ("postgresql://h/d?ssl=true", "ssl=true means a verified certificate to some drivers"),
        ("postgresql://h/d?sslmode=requires", "sslmode=requires is no mode of TLS; known are disable, allow, prefer"),
        (
            "postgresql://h/d?sslmode=disable&sslrootcert=ca.pem",
            "sslmode=disable and sslrootcert contradict each other",
        ),
        ("postgresql://h/d?sslcert=a.pem", "sslcert and sslkey belong together"),
        ("postgresql:///d?host=/run/pg&sslmode=verify-full", "sslmode=verify-full over the Unix socket in /run/pg"),
        ("mysql://h/d", "expected a URL that begins with postgresql://, not mysql:"),
        ("postgresql://h:many/d", "'many' is no port"),
        ("postgresql:///d?host=/run/pg&port=many", "'many' is no port"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused_by_name(url: str, message: str) -> None:
    with pytest.raises(AddressError, match=message.replace("?", r"\?")):
        Address.parse(url)


def test_the_same_mode_said_twice_is_no_conflict() -> None:
    assert Address.parse("postgresql://h/d?sslmode=require&ssl=require").sslmode == "require"


def test_a_unix_socket_keeps_its_directory_and_number() -> None:
    address = Address.parse("postgresql://u@/d?host=%2Frun%2Fpg&port=5433")
    assert (address.host, address.port, address.database) == ("/run/pg", 5433, "d")
    assert Address.parse(address.url()) == address


def test_a_password_is_in_the_url_but_not_in_the_repr() -> None:
    address = Address.parse("postgresql://u:hunter2@h/d")
    assert "hunter2" in address.url()
    assert "hunter2" not in repr(address)


def test_an_unknown_driver_is_refused_with_the_known_ones() -> None:
    with pytest.raises(AddressError, match=r"no driver 'mysql'; known are libpq, asyncpg"):
        Address.parse("postgresql://h/d").url("mysql")  # type: ignore[arg-type]
