"""What can be done about the bill: five measures, each with its rule, its risk and its steps, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Measure(StrEnum):
    """A way to spend less. Every call counts for the first measure that fits it, so savings add up."""

    RETRY_WASTE = "retry_waste"
    PROMPT_CACHE = "prompt_cache"
    OUTPUT_CAP = "output_cap"
    BATCHING = "batching"
    CHEAPER_MODEL = "cheaper_model"


class Risk(StrEnum):
    """How likely it is that somebody notices, from least to most."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


RISK_ORDER: Final = tuple(Risk)


@dataclass(frozen=True, slots=True)
class Policy:
    """Where the line is drawn between a call that can be done without and one that cannot."""

    retry_window_seconds: int = 60
    cap_factor: int = 4
    bulk_calls_per_hour: int = 50
    simple_prompt_tokens: int = 1000
    simple_completion_tokens: int = 200


@dataclass(frozen=True, slots=True)
class Description:
    """A measure in words."""

    title: str
    rule: str
    steps: tuple[str, ...]


DESCRIPTIONS: Final = {
    Measure.RETRY_WASTE: Description(
        "Stop hopeless retries",
        "A call that failed within {retry_window_seconds} s of a failure of the same prompt.",
        (
            "Retry with exponential back-off and jitter instead of at once.",
            "Open a circuit breaker after the second failure of the same prompt.",
            "Alert on the error rate, so that an outage is seen before the bill.",
        ),
    ),
    Measure.PROMPT_CACHE: Description(
        "Cache repeated prompts",
        "A prompt that was answered before on the same day, for the same team by the same model.",
        (
            "Put a response cache in front of the model, keyed by the prompt's fingerprint and the team.",
            "Let entries live for a day, and drop them when the prompt's source changes.",
            "Watch the hit rate; answers that must vary bypass the cache.",
        ),
    ),
    Measure.OUTPUT_CAP: Description(
        "Cap the output",
        "The part of an answer beyond {cap_factor} times the median of its team and model.",
        (
            "Set max_tokens to the cap of each team and model.",
            "Log the answers that reach it, and raise the cap where they were worth it.",
            "Ask for short answers in the prompt itself.",
        ),
    ),
    Measure.BATCHING: Description(
        "Send bulk work in batches",
        "A call in an hour in which its team sent {bulk_calls_per_hour} or more to the same model.",
        (
            "Move the scheduled job to the provider's batch interface.",
            "Collect the answers when the batch is done, within a day.",
            "Keep what a person waits for on the direct interface.",
        ),
    ),
    Measure.CHEAPER_MODEL: Description(
        "Route simple calls to a cheaper model",
        "A call of at most {simple_prompt_tokens} tokens that is answered in at most {simple_completion_tokens}.",
        (
            "Compare both models on a hundred real prompts before anything is switched.",
            "Route by size first: short prompts with short answers.",
            "Keep the larger model as the fall-back for answers that fail a check.",
        ),
    ),
}
