"""What each measure would have saved, to the cent, and what it risks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

from agent_backend.analysis.measures import Measure, Risk
from agent_backend.analysis.money import cents_down, price_of
from agent_backend.analysis.prices import PriceTable


@dataclass(frozen=True, slots=True)
class CallGroup:
    """The calls of one team to one model that one measure applies to, summed up.

    `of_calls` is how many calls the pair made in all; `unstable_calls` were answered differently than the first of
    their prompt; `beyond_cap` are the completion tokens above `cap`.
    """

    team: str
    model: str
    calls: int
    of_calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal
    unstable_calls: int = 0
    beyond_cap: int = 0
    cap: int = 0


@dataclass(frozen=True, slots=True)
class Saving:
    """What one measure would have saved on the calls of one team to one model."""

    measure: Measure
    team: str
    model: str
    calls: int
    cost: Decimal
    saving: Decimal
    risk: Risk
    risk_reason: str
    hurts_latency: bool = False
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; money as text, so that it stays exact."""
        return {**asdict(self), "cost": str(self.cost), "saving": str(self.saving)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Saving:
        """The saving that was made into these values."""
        typed = {
            "measure": Measure(values["measure"]),
            "risk": Risk(values["risk"]),
            "cost": Decimal(values["cost"]),
            "saving": Decimal(values["saving"]),
        }
        return cls(**{**values, **typed})


Latencies = Mapping[str, int]
"""The median latency of each model in milliseconds, as it was recorded."""

Verdict = tuple[Decimal, Risk, str, bool, str]


def savings(
    measure: Measure, groups: Iterable[CallGroup], prices: PriceTable, latencies: Latencies | None = None
) -> list[Saving]:
    """The savings of one measure, greatest first; less than a cent is none."""
    found = []
    for group in groups:
        verdict = _RULES[measure](group, prices, latencies or {})
        if verdict is not None and (saved := cents_down(verdict[0])) > 0:
            _, risk, reason, hurts_latency, detail = verdict
            found.append(
                Saving(
                    measure,
                    group.team,
                    group.model,
                    group.calls,
                    group.cost,
                    saved,
                    risk,
                    reason,
                    hurts_latency,
                    detail,
                )
            )
    return sorted(found, key=lambda saving: (-saving.saving, saving.team, saving.model))


def total(found: Sequence[Saving]) -> Decimal:
    """The savings together; no call is in two of them."""
    return sum((saving.saving for saving in found), Decimal(0))


def _retry_waste(group: CallGroup, prices: PriceTable, latencies: Latencies) -> Verdict | None:
    return group.cost, Risk.LOW, "these calls failed; nobody got an answer from them", False, ""


def _prompt_cache(group: CallGroup, prices: PriceTable, latencies: Latencies) -> Verdict | None:
    risk = _by_share(group.unstable_calls, group.calls, low=5, medium=50)
    reason = f"{group.unstable_calls:,} of {group.calls:,} repeats were answered at another length than the first"
    return group.cost, risk, reason, False, ""


def _output_cap(group: CallGroup, prices: PriceTable, latencies: Latencies) -> Verdict | None:
    price = prices.get(group.model)
    if price is None:
        return None
    risk = _by_share(group.calls, group.of_calls, low=1, medium=5)
    reason = f"{group.calls:,} of {group.of_calls:,} answers would have been cut"
    return price_of(group.beyond_cap, price.output), risk, reason, False, f"cap {group.cap:,} tokens"


def _batching(group: CallGroup, prices: PriceTable, latencies: Latencies) -> Verdict | None:
    price = prices.get(group.model)
    if price is None:
        return None
    return group.cost * price.batch_discount, Risk.MEDIUM, "answers arrive within a day, not at once", True, ""


def _cheaper_model(group: CallGroup, prices: PriceTable, latencies: Latencies) -> Verdict | None:
    price = prices.get(group.model)
    if price is None or price.cheaper is None:
        return None
    other = prices.get(price.cheaper)
    assert other is not None, "the price table checked it"
    saved = group.cost - other.cost(group.prompt_tokens, group.completion_tokens)
    here, there = latencies.get(group.model), latencies.get(price.cheaper)
    reason = f"{price.cheaper} may answer less well"
    if here is None or there is None:
        return saved, Risk.HIGH, f"{reason}; its latency is not on record", True, f"to {price.cheaper}"
    slower = there > here
    told = f"{reason}; median latency {there:,} ms instead of {here:,} ms"
    return saved, Risk.MEDIUM, told, slower, f"to {price.cheaper}"


def _by_share(part: int, whole: int, *, low: int, medium: int) -> Risk:
    """The risk by how many percent of the calls are touched."""
    if part * 100 <= low * whole:
        return Risk.LOW
    return Risk.MEDIUM if part * 100 <= medium * whole else Risk.HIGH


_RULES: Final[dict[Measure, Callable[[CallGroup, PriceTable, Latencies], Verdict | None]]] = {
    Measure.RETRY_WASTE: _retry_waste,
    Measure.PROMPT_CACHE: _prompt_cache,
    Measure.OUTPUT_CAP: _output_cap,
    Measure.BATCHING: _batching,
    Measure.CHEAPER_MODEL: _cheaper_model,
}
