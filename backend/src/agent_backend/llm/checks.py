"""What a model's sentence must pass before anyone reads it: no number of its own, and nothing but plain text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final

from agent_backend.llm.language import Facts

_WORD: Final = re.compile(r"[a-z]+")
NUMBER_WORDS: Final = frozenset(
    _WORD.findall(
        "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands "
        "million millions billion billions dozen dozens half halve halves halved halving third thirds quarter quarters "
        "double doubles doubled twice triple triples tripled tenfold threefold fourfold fivefold"
    )
)
"""Words that stand for a number; `one` is not among them, for it mostly does not."""
_MARKUP: Final = re.compile(
    r"[<>`|{}\\]|\]\(|\*\*|__|^#|://|\bwww\.|&#?\w+;|\bjavascript:", re.IGNORECASE | re.MULTILINE
)
_TOKEN: Final = re.compile(r"[$€£]?[^\s$€£]+")
_EDGES: Final = ".,;:!?()[]\"'\u2018\u2019\u201c\u201d\u2013\u2014\u2026"
_AMOUNT: Final = re.compile(r"([$€£]?)([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(%?)", re.ASCII)

Number = tuple[str, Decimal] | str
"""A number with its unit, or a token with digits in it, such as a date or a name, as it stands."""


class Untrusted(Exception):
    """A sentence may not be shown; the text says why, and does not repeat it."""


def check_sentence(sentence: str, facts: Facts) -> None:
    """Raise Untrusted unless every number stands in the facts, beside the names it is given to, in plain text."""
    if _MARKUP.search(sentence) or any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn"} for char in sentence):
        raise Untrusted("it holds markup")
    told = _numbers(sentence)
    known = [(_numbers(fact), fact) for fact in facts.sentences]
    names = _named(sentence, facts.names)
    for number in told:
        witnesses = [fact for numbers, fact in known if number in numbers]
        if not witnesses:
            raise Untrusted("it holds a number that was not computed")
        if any(not any(name in _named(fact, facts.names) for fact in witnesses) for name in names):
            raise Untrusted("it gives a number to a name it does not belong to")
    words = set(_WORD.findall(sentence.lower())) & NUMBER_WORDS
    if words - set(_WORD.findall(facts.text.lower())):
        raise Untrusted("it holds a number in words that was not computed")


def check_whole(text: str, facts: Facts) -> None:
    """Raise Untrusted unless every amount and percentage is told, and every verdict as it stands."""
    if any(isinstance(number, tuple) and number[0] for number in _numbers(facts.text) - _numbers(text)):
        raise Untrusted("it leaves out a figure")
    if any(verdict not in text for verdict in facts.verdicts):
        raise Untrusted("it changes a verdict")


def _named(text: str, names: Iterable[str]) -> set[str]:
    return {name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)}


def _numbers(text: str) -> set[Number]:
    """Every number of a text. A percent sign may stand apart; `$5.00` and `$5` are the same, `5` and `5 %` are not."""
    joined = re.sub(r"(\d)\s+(%|percent\b|per cent\b)", r"\1%", text)
    tokens = (match[0].strip(_EDGES) for match in _TOKEN.finditer(joined))
    return {_number(token) for token in tokens if any(char.isnumeric() for char in token)}


def _number(token: str) -> Number:
    amount = _AMOUNT.fullmatch(token)
    if amount is None:
        return token
    try:
        return amount[1] + amount[3], Decimal(amount[2].replace(",", ""))
    except InvalidOperation:
        return token
