"""Whatever a value is turned into on its way, it is found, and what is no value is not."""

from __future__ import annotations

import base64
import email.message
import gzip
import hashlib
import html
import io
import json
import quopri
import zipfile
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.tenancy import Canary, LeakSearch


def zipped(name: str, content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr(name, b"-" * 1000 + content)
    return archive.getvalue()


WAYS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda v: f"<<{v}>>".encode(),
    "upper": lambda v: v.upper().encode(),
    "capitalised": lambda v: v.capitalize().encode(),
    "utf-16-le": lambda v: v.encode("utf-16-le"),
    "utf-16-be at an odd place": lambda v: b"x" + v.encode("utf-16-be"),
    "URL": lambda v: quote(v, safe="").encode(),
    "form": lambda v: quote_plus(v).encode(),
    "URL twice": lambda v: quote(quote(v, safe=""), safe="").encode(),
    "every letter percent": lambda v: "".join(f"%{byte:02x}" for byte in v.encode()).encode(),
    "JSON": lambda v: json.dumps({"v": v}).encode(),
    "JSON unescaped": lambda v: json.dumps([v], ensure_ascii=False).encode(),
    "JSON with escaped slashes": lambda v: json.dumps(v).replace("/", "\\/").encode(),
    "JSON in JSON": lambda v: json.dumps({"v": json.dumps({"v": v})}).encode(),
    "every letter \\u": lambda v: "".join(f"\\u{ord(char):04x}" for char in v).encode(),
    "HTML": lambda v: html.escape(v).encode(),
    "HTML numbers": lambda v: "".join(f"&#{ord(char)};" for char in v).encode(),
    "repr": lambda v: repr(v).encode(),
    "ascii": lambda v: ascii(v).encode(),
    "repr of bytes": lambda v: repr(v.encode()).encode(),
    "SQL": lambda v: ("'" + v.replace("'", "''") + "'").encode(),
    "hex": lambda v: v.encode().hex().encode(),
    "HEX": lambda v: v.encode().hex().upper().encode(),
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64 in lines": lambda v: base64.encodebytes(b"-" * 70 + v.encode() + b"-" * 70),
    "basic authentication": lambda v: b"Basic " + base64.b64encode(f"user:{v}".encode()),
    "quoted-printable": lambda v: quopri.encodestring(v.encode()),
    "gzip": lambda v: gzip.compress(json.dumps(v).encode()),
    "zlib": lambda v: zlib.compress(v.encode()),
    "zip": lambda v: zipped("note.xml", v.encode()),
    "name in a zip": lambda v: zipped(f"{v.replace('/', '-')}.txt", v.encode()),
    "gzip cut off": lambda v: gzip.compress(v.encode())[:-6],
}
VALUES = ["gpcanary-of-the-test", 'Zoë\'s "plan" <b> & 50 %/½', "+49 30 901820-44", "ünïcödé täxt"]


def found_in(data: bytes, value: str, *hashes: str) -> list[str]:
    canary, other = Canary("acme"), Canary("globex")
    canary.watch("value", value)
    search = LeakSearch(canary, other, hashes=hashes)
    return [leak.encoding for leak in search.eyes_of("globex").value("data", data)]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("way", WAYS)
def test_a_value_is_found_in_every_shape_it_may_take(way: str, value: str) -> None:
    assert found_in(WAYS[way](value), value)


@pytest.mark.parametrize("hash_name", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("shape", ["hex", "HEX", "base64"])
def test_a_hash_is_found_where_it_was_asked_for_and_only_there(hash_name: str, shape: str) -> None:
    digest = hashlib.new(hash_name, VALUES[1].encode()).digest()
    data = base64.b64encode(digest) if shape == "base64" else digest.hex().encode()
    data = data.upper() if shape == "HEX" else data
    assert found_in(data, VALUES[1], hash_name) == [hash_name]
    assert found_in(data, VALUES[1]) == []


def test_a_hash_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"there is no hash 'sha257'; there are: .*sha256"):
        found_in(b"", VALUES[0], "sha257")


@given(st.binary(max_size=40), st.binary(max_size=40), st.booleans())
def test_base64_is_found_at_any_alignment(before: bytes, after: bytes, urlsafe: bool) -> None:
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    assert found_in(encode(before + VALUES[1].encode() + after), VALUES[1]) == ["base64"]


@given(st.text(min_size=12, max_size=30).filter(lambda text: len(set(text)) > 6), st.sampled_from(sorted(WAYS)))
def test_any_text_is_found_in_any_shape_that_keeps_it(value: str, way: str) -> None:
    if way in {"name in a zip", "upper", "capitalised", "every letter \\u", "quoted-printable", "gzip cut off"}:
        return  # these lose or change something of some texts
    try:
        data = WAYS[way](value)
    except UnicodeEncodeError:
        return
    assert found_in(data, value)


@given(st.binary(max_size=2000))
def test_noise_is_never_taken_for_a_token(noise: bytes) -> None:
    canary, other = Canary("acme", seed=1), Canary("globex", seed=1)
    for number in range(20):
        canary.token(f"field {number}")
    search = LeakSearch(canary, other)
    assert search.eyes_of("globex").value("noise", noise) == []


def test_a_token_that_a_log_cut_short_is_known_by_its_beginning() -> None:
    canary = Canary("acme", seed=1)
    token = canary.token("note")
    search = LeakSearch(canary, Canary("globex"))
    (leak,) = search.eyes_of("globex").logs("log", [f"about {token[:17]}…"])
    assert (leak.encoding, leak.label) == ("cut short", "note")
    assert search.eyes_of("globex").logs("log", [f"about {token[:10]}…"]) == []


def test_a_mail_that_carries_it_as_an_attachment_gives_it_away() -> None:
    message = email.message.EmailMessage()
    message.add_attachment(b"x" * 333 + VALUES[3].encode() + b"y" * 333, maintype="application", subtype="pdf")
    assert found_in(message.as_bytes(), VALUES[3]) == ["base64 in joined lines"]


@pytest.mark.parametrize("torn", [b"PK\x03\x04 no archive", b"\x1f\x8b no gzip", b"\x78\x9c no zlib"])
def test_what_only_begins_like_an_archive_is_searched_as_it_is(torn: bytes) -> None:
    assert found_in(torn + VALUES[0].encode(), VALUES[0]) == ["plain"]


def test_a_long_line_of_base64_is_searched_in_a_time_that_grows_with_it_alone() -> None:
    long = base64.b64encode(bytes(3_000_000) + VALUES[1].encode() + b"more")
    assert found_in(long, VALUES[1]) == ["base64"]
