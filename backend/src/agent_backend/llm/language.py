"""The seam to a language model: it is given sentences that are already true and may only say them better."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

Told = Callable[[str], Awaitable[None]]
"""Told each sentence as soon as it may be shown."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Finished sentences, and the names (of teams and models) that numbers may belong to.

    `verdicts` are those of the sentences whose meaning hangs on a word, such as whether a goal is reached: a model may
    say them only as they stand.
    """

    sentences: tuple[str, ...]
    names: frozenset[str] = frozenset()
    verdicts: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Prose:
    """The text of an answer; `note` says why a model's text was not used, where one was asked."""

    text: str
    by_model: bool = False
    note: str | None = None


class LanguageLayer(Protocol):
    """Writes prose around figures that are already final; whatever happens, there is a text."""

    async def write(self, facts: Facts, tenant_id: str, told: Told) -> Prose:
        """The facts as prose; `told` hears every sentence while it is written."""


class OfflineLanguage:
    """The facts as they stand: the same words for the same figures, with no model and no network."""

    async def write(self, facts: Facts, tenant_id: str, told: Told) -> Prose:
        for sentence in facts.sentences:
            await told(sentence)
        return Prose(facts.text)
