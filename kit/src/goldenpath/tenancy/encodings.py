"""In which shapes a value turns up where it should not: each encoding is a row that makes the shapes to look for."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import quopri
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple
from unicodedata import normalize
from urllib.parse import quote, quote_plus

from goldenpath.tenancy.canary import MARKER, SHORTEST

CUT: Final = len(MARKER) + 8
"""So much of a token is enough to know it by."""
URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Shape(NamedTuple):
    """Bytes to look for, and the encoding that makes them."""

    encoding: str
    needle: bytes


def _utf8(texts: Iterable[str]) -> Iterator[bytes]:
    return (text.encode("utf-8", "surrogatepass") for text in texts)


def _plain(value: str) -> Iterator[bytes]:
    return _utf8([value, *(normalize(form, value) for form in ("NFC", "NFD"))])


def _other_case(value: str) -> Iterator[bytes]:
    return _utf8([value.lower(), value.upper(), value.casefold(), value.capitalize(), value.title()])


def _url(value: str) -> Iterator[bytes]:
    once = quote(value, safe="")
    every = "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))
    return _utf8([once, quote(value), quote_plus(value), quote(once, safe=""), every, every.lower()])


def _json(value: str) -> Iterator[bytes]:
    once = [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    once += [text.replace("/", "\\/") for text in once]
    twice = [json.dumps(text)[1:-1] for text in once]
    units = value.encode("utf-16-be", "surrogatepass").hex()
    every = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return _utf8([*once, *twice, every])


def _html(value: str) -> Iterator[bytes]:
    escaped = html.escape(value)
    numbers = "".join(f"&#{ord(char)};" for char in value)
    return _utf8([escaped, html.escape(value, quote=False), escaped.replace("&#x27;", "&#39;"), numbers])


def _source(value: str) -> Iterator[bytes]:
    return _utf8([repr(value)[1:-1], ascii(value)[1:-1], value.replace("'", "''"), repr(value.encode())[2:-1]])


def _wide(value: str) -> Iterator[bytes]:
    return (value.encode(charset, "surrogatepass") for charset in ("utf-16-le", "utf-16-be"))


def _narrow(value: str) -> Iterator[bytes]:
    return (value.encode(charset) for charset in ("latin-1", "cp1252") if _fits(value, charset))


def _fits(value: str, charset: str) -> bool:
    try:
        value.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _printable(value: str) -> Iterator[bytes]:
    yield quopri.encodestring(value.encode("utf-8", "surrogatepass")).replace(b"=\n", b"")


def _hex(value: str) -> Iterator[bytes]:
    text = value.encode("utf-8", "surrogatepass").hex()
    return _utf8([text, text.upper()])


def _base64(value: str) -> Iterator[bytes]:
    return _aligned(value.encode("utf-8", "surrogatepass"))


def _aligned(data: bytes) -> Iterator[bytes]:
    """What of the base64 text depends on the data alone, wherever in the encoded whole it begins."""
    for before, start in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(before) + data + b"\0\0")[start : (before + len(data)) * 8 // 6]
        yield text
        yield text.translate(URL_SAFE)


def _cut(value: str) -> Iterator[bytes]:
    """The beginning of a token, as logs show that shorten what they show."""
    if value.startswith(MARKER):
        yield value[:CUT].encode()


ENCODINGS: Final[dict[str, Callable[[str], Iterator[bytes]]]] = {
    "plain": _plain,
    "other case": _other_case,
    "base64": _base64,
    "URL": _url,
    "JSON": _json,
    "hex": _hex,
    "HTML": _html,
    "source code": _source,
    "UTF-16": _wide,
    "one byte a letter": _narrow,
    "quoted-printable": _printable,
    "cut short": _cut,
}
"""Looked for in this order: a shape that two encodings share bears the name of the first."""


def shapes(value: str, hashes: Iterable[str] = ()) -> Iterator[Shape]:
    """Every distinct shape of a value, its hashes where asked for."""
    seen: set[bytes] = set()
    for encoding, needles in (*((name, make(value)) for name, make in ENCODINGS.items()), *_hashed(value, hashes)):
        for needle in needles:
            if needle not in seen and len(needle) >= SHORTEST - 2:
                seen.add(needle)
                yield Shape(encoding, needle)


def _hashed(value: str, hashes: Iterable[str]) -> Iterator[tuple[str, Iterable[bytes]]]:
    for name in hashes:
        if name not in hashlib.algorithms_available or name.startswith("shake"):
            raise ValueError(f"there is no hash {name!r}; there are: {', '.join(sorted(hashlib.algorithms_available))}")
        digest = hashlib.new(name, value.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
        text = digest.hex().encode()
        yield name, (text, text.upper(), *(shape.rstrip(b"=") for shape in _aligned(digest)))
