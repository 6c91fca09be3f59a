"""A rule at work in one network: the rule is frozen, what it remembers lives here."""

from __future__ import annotations

from collections.abc import Callable

from goldenpath.simulation.chance import WORD, odd_key
from goldenpath.simulation.message import Message
from goldenpath.simulation.rule import ALWAYS, GilbertElliott, Rule, holds
from goldenpath.simulation.verdict import PASS, Verdict


class ArmedRule:
    """Decides whether its rule fires on a message, and what that means for this message."""

    __slots__ = (
        "_bad_links",
        "_busy_until",
        "_jitter_salt",
        "_placed",
        "_settled",
        "_threshold",
        "_timed",
        "_turn_salt",
        "left",
        "needs_a_draw",
        "rule",
        "salt",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.salt = odd_key(rule.name)
        self.left = rule.times
        self.needs_a_draw = (
            rule.rate != 1.0 or rule.jitter > 0.0 or callable(rule.verdict) or rule.verdict.corruption > 0
        )
        self._settled = self._settle()
        self._turn_salt = odd_key(rule.name, "turn")
        self._jitter_salt = odd_key(rule.name, "jitter")
        self._placed = rule.tenant is not None or rule.run is not None
        self._timed = rule.between != ALWAYS
        self._threshold = 0 if isinstance(rule.rate, GilbertElliott) else int(rule.rate * (WORD + 1))
        self._bad_links: set[tuple[str, ...]] = set()
        self._busy_until: dict[tuple[str, ...], float] = {}

    def may_concern(self, message: Message) -> bool:
        """Whether it can fire on messages of this type and direction at all."""
        return self.rule.direction in (None, message.direction) and holds(self.rule.type, message.type)

    def strikes(self, message: Message, word: int, clock: Callable[[], float]) -> bool:
        """Whether its conditions hold and chance is against the message."""
        rule = self.rule
        if self._placed and not (holds(rule.tenant, message.tenant) and holds(rule.run, message.run)):
            return False
        if self._timed and not rule.between[0] <= clock() < rule.between[1]:
            return False
        if isinstance(rule.rate, GilbertElliott):
            return self._strikes_in_bursts(rule.rate, message.link, word)
        return (word * self.salt & WORD) < self._threshold

    def _strikes_in_bursts(self, rate: GilbertElliott, link: tuple[str, ...], word: int) -> bool:
        turns, strikes = _fraction(word, self._turn_salt), _fraction(word, self.salt)
        bad = link in self._bad_links
        if turns < (rate.turn_good if bad else rate.turn_bad):
            bad = not bad
            (self._bad_links.add if bad else self._bad_links.remove)(link)
        return strikes < (rate.when_bad if bad else rate.when_good)

    def asks_for(self, message: Message) -> Verdict | None:
        """The rule's verdict before its numbers are settled; None where the rule's function lets the message pass."""
        verdict = self.rule.verdict
        if not callable(verdict):
            return verdict
        answer = verdict(message)
        if not isinstance(answer, Verdict):
            raise TypeError(f"rule {self.rule.name!r} has to answer with a Verdict (PASS, DROP, ...), got {answer!r}")
        return None if answer == PASS else answer

    def _settle(self) -> Verdict | None:
        """The verdict itself where no number in it depends on the message."""
        rule = self.rule
        if callable(rule.verdict) or rule.jitter or rule.bandwidth or rule.verdict.corruption:
            return None
        return rule.verdict._replace(faults=(rule.name,))

    def works_out(self, asked: Verdict, message: Message, word: int, clock: Callable[[], float]) -> Verdict:
        """The verdict with every number in it settled."""
        if self._settled is not None:
            return self._settled
        rule = self.rule
        _, late, copies, overtaken_by, corruption, close_code, held = asked
        if rule.jitter:
            late += rule.jitter * _fraction(word, self._jitter_salt)
        if rule.bandwidth:
            late += self._queueing(message, rule.bandwidth, clock())
        if corruption:
            corruption = word * self.salt & 0x7FFFFFFF | 1
        return Verdict((rule.name,), late, copies, overtaken_by, corruption, close_code, held)

    def _queueing(self, message: Message, bandwidth: float, now: float) -> float:
        free = max(now, self._busy_until.get(message.link, 0.0))
        self._busy_until[message.link] = done = free + message.size / bandwidth
        return done - now


def _fraction(word: int, salt: int) -> float:
    """A number from 0 to just under 1."""
    return ((word * salt & WORD) >> 11) * 2.0**-53
