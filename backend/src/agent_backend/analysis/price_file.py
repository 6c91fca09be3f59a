"""A price table of one's own, as TOML: one section per model, dollars per million tokens."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any, Final

from agent_backend.analysis.prices import Price, PriceTable

KEYS: Final = ("input", "output", "batch_discount", "cheaper")
DEAREST: Final = Decimal(1_000_000)


class PriceFileError(Exception):
    """The file is no price table; the text names the model and what is wrong with it."""


def read_prices(text: str) -> PriceTable:
    """The table of a file; numbers are read as decimals, never as floats."""
    try:
        sections = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PriceFileError(f"is no TOML: {error}") from None
    if not sections:
        raise PriceFileError("names no model")
    prices = {model: _price(model, section) for model, section in sections.items()}
    try:
        return PriceTable(prices)
    except ValueError as error:
        raise PriceFileError(str(error)) from None


def _price(model: str, section: Any) -> Price:
    if not isinstance(section, dict):
        raise PriceFileError(f"has {model!r} outside of any section; a model is a section: [{model!r}]")
    unknown = [key for key in section if key not in KEYS]
    if unknown:
        raise PriceFileError(f"gives {model!r} a {unknown[0]!r}; the keys are {', '.join(KEYS)}")
    cheaper = section.get("cheaper")
    if cheaper is not None and not isinstance(cheaper, str):
        raise PriceFileError(f"must give {model!r} the name of a model as its 'cheaper'")
    return Price(
        input=_number(model, section, "input", DEAREST),
        output=_number(model, section, "output", DEAREST),
        batch_discount=_number(model, section, "batch_discount", Decimal(1), Decimal(0)),
        cheaper=cheaper,
    )


def _number(model: str, section: dict[str, Any], key: str, most: Decimal, default: Decimal | None = None) -> Decimal:
    value = section.get(key, default)
    if value is None:
        raise PriceFileError(f"gives {model!r} no {key!r}")
    number = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else Decimal("NaN")
    if number.is_nan() or not 0 <= number <= most:
        raise PriceFileError(f"must give {model!r} a number from 0 to {most:f} as its {key!r}")
    return number
