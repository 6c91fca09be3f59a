"""The price table: what a model costs, what it costs in a batch, and which cheaper one could take its simple calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from agent_backend.analysis.money import price_of


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens; `batch_discount` is the part of the cost that a batch saves."""

    input: Decimal
    output: Decimal
    batch_discount: Decimal = Decimal(0)
    cheaper: str | None = None

    def cost(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        """What these tokens cost, exactly."""
        return price_of(prompt_tokens, self.input) + price_of(completion_tokens, self.output)


class PriceTable:
    """The prices of the models that are known; a model that is not is named, never guessed."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        for model, price in prices.items():
            if price.cheaper is not None and price.cheaper not in prices:
                raise ValueError(f"the price of {model} names {price.cheaper} as the cheaper model, which has no price")
        self._prices = dict(prices)

    def __iter__(self) -> Iterator[str]:
        return iter(self._prices)

    def get(self, model: str) -> Price | None:
        """The price of a model, or None."""
        return self._prices.get(model)

    def with_cheaper(self) -> list[str]:
        """The models whose simple calls a cheaper one could take."""
        return [model for model, price in self._prices.items() if price.cheaper is not None]

    def with_batches(self) -> list[str]:
        """The models that are cheaper in batches."""
        return [model for model, price in self._prices.items() if price.batch_discount]


def _price(input_: str, output: str, cheaper: str | None = None) -> Price:
    return Price(Decimal(input_), Decimal(output), Decimal("0.5"), cheaper)


LIST_PRICES: Final = PriceTable(
    {
        "atlas-large": _price("30.00", "90.00", cheaper="atlas-medium"),
        "atlas-medium": _price("3.00", "12.00", cheaper="atlas-small"),
        "atlas-small": _price("0.30", "1.20"),
        "quill-pro": _price("15.00", "60.00", cheaper="quill-mini"),
        "quill-mini": _price("0.80", "3.20"),
    }
)
"""The list prices of the two model families that the usage generator knows; no vendor's."""
