from __future__ import annotations

from decimal import Decimal

import pytest

from agent_backend.analysis import PriceFileError, read_prices

GOOD = """
["big-1"]
input = 2.5
output = 10
batch_discount = 0.5
cheaper = "small-1"

["small-1"]
input = 0.15
output = 0.6
"""


def test_prices_are_read_as_exact_decimals() -> None:
    prices = read_prices(GOOD)
    big, small = prices.get("big-1"), prices.get("small-1")
    assert big is not None
    assert small is not None
    assert (big.input, big.output, big.batch_discount, big.cheaper) == (
        Decimal("2.5"),
        Decimal(10),
        Decimal("0.5"),
        "small-1",
    )
    # 3 tokens at 0.15 and 1 at 0.6 a million: 0.00000045 + 0.0000006.
    assert small.cost(3, 1) == Decimal("0.00000105")
    assert (prices.with_cheaper(), prices.with_batches()) == (["big-1"], ["big-1"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "names no model"),
        ("[", "is no TOML"),
        ("big = 3", "has 'big' outside of any section"),
        ("[big]\noutput = 1", "gives 'big' no 'input'"),
        ("[big]\ninput = -1\noutput = 1", "must give 'big' a number from 0 to 1000000 as its 'input'"),
        ("[big]\ninput = nan\noutput = 1", "must give 'big' a number"),
        ("[big]\ninput = true\noutput = 1", "must give 'big' a number"),
        ("[big]\ninput = 1\noutput = 1\nbatch_discount = 50", "a number from 0 to 1 as its 'batch_discount'"),
        ("[big]\ninput = 1\noutput = 1\nbatch = 0.5", "gives 'big' a 'batch'; the keys are input, output"),
        ("[big]\ninput = 1\noutput = 1\ncheaper = 5", "the name of a model as its 'cheaper'"),
        ("[big]\ninput = 1\noutput = 1\ncheaper = 'tiny'", "names tiny as the cheaper model, which has no price"),
    ],
)
def test_a_file_that_is_no_price_table_is_refused_by_name(text: str, problem: str) -> None:
    with pytest.raises(PriceFileError, match=problem.replace("(", r"\(")):
        read_prices(text)
