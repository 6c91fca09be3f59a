"""Which entries answer a question best: by their words, the rarer the better, and by words that mean the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from math import log
from typing import Final, NamedTuple

from goldenpath.cli.find.entry import KINDS, Entry

WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
MEANINGS: Final = (
    "mock double fake stub dummy spy",
    "database db postgres postgresql sql",
    "websocket socket ws connection",
    "cache redis valkey",
    "clickhouse analytics",
    "environment env variable setting config configuration",
    "secret credential password token",
    "event message frame",
    "contract order sequence schema",
    "simulation simulate virtual seed chaos network fault partition",
    "time clock sleep timeout",
    "tenant isolation leak canary customer",
    "docker container compose image",
    "session transaction rollback",
    "agent assistant",
    "llm model openai chat completion",
    "user account login auth",
    "case base class testcase",
    "fixture setup",
    "new fresh isolated clean own",
    "check verify validate assert",
    "wait until poll",
    "slow latency delay performance",
    "audit lint rule",
)
"""Words of one line mean nearly the same."""
STOP: Final = frozenset(
    {"a", "an", "and", "as", "at", "by", "each", "for", "from", "how", "i", "in", "is", "it", "my", "of", "on", "one"}
    | {"or", "per", "some", "that", "the", "this", "to", "we", "with", "test"}
)
WEIGHTS: Final = {"name": 4.0, "summary": 2.0, "kind": 1.5, "signature": 0.5}
EXACT, PREFIX, MEANS, CLOSE = 1.0, 0.7, 0.45, 0.4
"""How well a word of the question fits a word of an entry."""
LEAST_SHARE: Final = 0.5
"""The share of the question's words that an entry has to answer, of those that anything answers."""
_SAME: Final = {word: frozenset(line.split()) for line in MEANINGS for word in line.split()}


class Hit(NamedTuple):
    """An entry, and how well it answers."""

    entry: Entry
    score: float


def ranked(question: str, entries: Iterable[Entry]) -> list[Hit]:
    """The entries that answer the question, best first."""
    indexed = [(entry, _fields(entry)) for entry in entries]
    known = Counter(word for _, fields in indexed for word in set().union(*fields.values()))
    asked = [_corrected(word, known) for word in dict.fromkeys(words(question)) if word not in STOP]
    counts = {word: sum(known[each] for each in {word, *fits}) for word, fits in asked}
    rarity = {word: log(1 + len(indexed) / count) if count else 0.0 for word, count in counts.items()}
    answerable = sum(1 for count in counts.values() if count)
    hits = []
    for entry, fields in indexed:
        fit = {word: _fit(word, fits, fields) for word, fits in asked}
        if answerable and sum(map(bool, fit.values())) >= LEAST_SHARE * answerable:
            score = sum(rarity[word] * score for word, score in fit.items())
            hits.append(Hit(entry, score * (1 + log(1 + max(0, entry.uses)) / 10)))
    kinds = list(KINDS)
    return sorted(hits, key=lambda hit: (-round(hit.score, 6), kinds.index(hit.entry.kind), hit.entry.name))


def words(text: str) -> Iterator[str]:
    """The words of a text or of a name in any case, without plural endings."""
    for found in WORD.findall(text.replace("WebSocket", "Websocket").replace("PostgreSQL", "Postgresql")):
        word = found.lower()
        yield word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _corrected(word: str, known: Counter[str]) -> tuple[str, Mapping[str, float]]:
    """A word of the question, and the other words it may stand for."""
    fits = {each: PREFIX for each in known if each != word and len(word) > 2 and each.startswith(word)}
    fits |= {each: MEANS for each in _SAME.get(word, ()) if each != word}
    if word not in known and not fits:
        fits |= dict.fromkeys(get_close_matches(word, known, n=3, cutoff=0.8), CLOSE)
    return word, fits


def _fields(entry: Entry) -> dict[str, set[str]]:
    return {field: set(words(getattr(entry, field))) for field in WEIGHTS}


def _fit(word: str, others: Mapping[str, float], fields: Mapping[str, set[str]]) -> float:
    """How well an entry answers one word, by the best of its fields."""
    best = 0.0
    for field, weight in WEIGHTS.items():
        have = fields[field]
        if word in have:
            best = max(best, weight * EXACT)
        elif others:
            best = max([best, *(weight * others[each] for each in have & others.keys())])
    return best
