"""Numbers as people read them."""

from __future__ import annotations

from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3600


def seconds(value: float | None) -> str:
    """A duration with two or three figures that matter: `12 ms`, `1.25 s`, `3 min 5 s`, `2 h 4 min`."""
    if value is None:
        return "?"
    if value < 0.0005:
        return "0 ms"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 9.995:
        return f"{value:.2f} s"
    if value < _MINUTE - 0.05:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s" if whole % _MINUTE else f"{whole // _MINUTE} min"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 test`, `1,204 tests`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """A share that never says 100 % unless it is all, nor 0 % unless it is nothing."""
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return "99.9 %"
    return f"{share * 100:.0f} %" if share in {0, 1} or 0.1 <= share < 0.99 else f"{share * 100:.1f} %"


def clip(text: str, width: int) -> str:
    """A text of at most some characters, the end of it kept: that is where names differ."""
    if len(text) <= width:
        return text
    head = width // 3
    return f"{text[:head]}…{text[len(text) - (width - head - 1) :]}"
