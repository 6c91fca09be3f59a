"""Exact money: dollars as decimals, shown in cents, and a saving never rounded up."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

CENT: Final = Decimal("0.01")
MILLION: Final = 1_000_000


def price_of(tokens: int, per_million: Decimal) -> Decimal:
    """What tokens cost; exact, for dividing by a million only moves the point."""
    with localcontext(prec=60):
        return (tokens * per_million).scaleb(-6)


def cents_down(amount: Decimal) -> Decimal:
    """An amount cut to the cent: what is promised is never more than what was computed."""
    return amount.quantize(CENT, ROUND_DOWN)


def cents(amount: Decimal) -> Decimal:
    """An amount to the nearest cent."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)


def dollars(amount: Decimal) -> str:
    """An amount as people read it."""
    return f"${cents(amount):,}"


def share(part: Decimal, whole: Decimal) -> Decimal:
    """A part in percent with one decimal, cut rather than rounded up; 0 of nothing."""
    if not whole:
        return Decimal("0.0")
    return (part * 100 / whole).quantize(Decimal("0.1"), ROUND_DOWN)
