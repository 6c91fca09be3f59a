"""A bad network that can be asked: what becomes of this message?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from goldenpath.simulation.armed import ArmedRule
from goldenpath.simulation.chance import Chance
from goldenpath.simulation.message import Message
from goldenpath.simulation.rule import Rule
from goldenpath.simulation.verdict import HOLD, PASS, Verdict

PARTITION: Final = "partition"
"""The name under which a partition appears among a verdict's faults."""

_EVERYBODY: Final = "*"
_HELD: Final = HOLD._replace(faults=(PARTITION,))


class Fault(NamedTuple):
    """One firing of one rule."""

    token: str
    """Names this firing in every run of the same seed, whatever other faults do or do not happen."""
    rule: str
    at: float
    message: Message


class Network:
    """Rules and partitions; `verdict(message)` decides, and delivers nothing.

    It needs no event loop: the clock is a parameter. It holds no lock: threads that share one take turns.
    """

    def __init__(
        self,
        *rules: Rule,
        seed: int | str = 0,
        clock: Callable[[], float] = time.monotonic,
        log: bool = False,
        only: Collection[str] | None = None,
    ) -> None:
        self._clock = clock
        self._started = clock()
        self._chance = Chance(seed)
        self._armed: dict[str, ArmedRule] = {}
        self._by_kind: dict[tuple[str, ...], tuple[bool, tuple[ArmedRule, ...]]] = {}
        self._cut: set[str] = set()
        self._repairs: dict[Callable[[], None], None] = {}
        self.fired: Counter[str] = Counter()
        """How often each rule fired, by name; `partition` counts the messages it held."""
        self.faults: list[Fault] | None = [] if log else None
        """Every firing, in order, where a log was asked for."""
        self.only = None if only is None else frozenset(only)
        """Where set, no faults but those of these tokens happen: the way to replay a part of a failing run."""
        for rule in rules:
            self.add(rule)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force, in the order they are asked in."""
        return tuple(armed.rule for armed in self._armed.values())

    def now(self) -> float:
        """Seconds since the network was made."""
        return self._clock() - self._started

    def add(self, rule: Rule) -> None:
        """Put a rule in force."""
        if rule.name in self._armed or rule.name == PARTITION:
            raise ValueError(f"the name {rule.name!r} is taken, and names tell faults apart; choose another")
        self._armed[rule.name] = ArmedRule(rule)
        self._by_kind.clear()

    def remove(self, name: str) -> None:
        """Take a rule out of force."""
        if name not in self._armed:
            raise KeyError(f"no rule is called {name!r}; there are: {', '.join(self._armed) or 'none'}")
        del self._armed[name]
        self._by_kind.clear()

    def verdict(self, message: Message) -> Verdict:
        """What becomes of the message, sent now; to ask is to send, so ask once for each message."""
        kind = self._by_kind.get(message[:2])
        draws, candidates = self._learn(message) if kind is None else kind
        verdict = PASS
        if candidates:
            word = self._chance.draw(message[:5]) if draws else 0
            for armed in candidates:
                if armed.strikes(message, word, self.now):
                    verdict = self._strike(armed, verdict, message, word)
        if self._cut and not self._cut.isdisjoint((_EVERYBODY, message.sender, message.receiver, message.tenant)):
            self.fired[PARTITION] += 1
            return verdict | _HELD
        return verdict

    def _learn(self, message: Message) -> tuple[bool, tuple[ArmedRule, ...]]:
        """Which rules may concern messages of this type and direction, and whether those need a draw."""
        candidates = tuple(armed for armed in self._armed.values() if armed.may_concern(message))
        draws = self.faults is not None or self.only is not None or any(armed.needs_a_draw for armed in candidates)
        kind = self._by_kind[message[:2]] = draws, candidates
        return kind

    def _strike(self, armed: ArmedRule, verdict: Verdict, message: Message, word: int) -> Verdict:
        """The verdict after this rule, which strikes if it has not struck often enough and the replay includes it."""
        asked = armed.asks_for(message)
        if asked is None or armed.left == 0:
            return verdict
        name = armed.rule.name
        if self.only is not None or self.faults is not None:
            token = f"{word * armed.salt & 0xFFFFFFFF:08x}"
            if self.only is not None and token not in self.only:
                return verdict
            if self.faults is not None:
                self.faults.append(Fault(token, name, self.now(), message))
        if armed.left is not None:
            armed.left -= 1
        self.fired[name] += 1
        struck = armed.works_out(asked, message, word, self.now)
        return struck if verdict is PASS else verdict | struck

    def partition(self, *endpoints: str) -> Partition:
        """Cut senders, receivers or tenants off from everybody (without names: everybody), until `repair`.

        Usable as a context manager that repairs at its end. What is sent meanwhile gets the verdict *held*.
        """
        named = endpoints or (_EVERYBODY,)
        self._cut.update(named)
        return Partition(self, named)

    def repair(self, *endpoints: str) -> None:
        """Undo a partition; without names, every partition. Those who wait for it are told."""
        if endpoints:
            self._cut.difference_update(endpoints)
        else:
            self._cut.clear()
        for tell in tuple(self._repairs):
            tell()

    def on_repair(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Have this called after each repair, the moment to send on what was held; call the answer to end that."""
        self._repairs[tell] = None
        return lambda: self._repairs.pop(tell, None)

    def is_cut(self, *endpoints: str) -> bool:
        """Whether a partition concerns any of these."""
        return not self._cut.isdisjoint((_EVERYBODY, *endpoints)) if self._cut else False


class Partition:
    """A partition that ends with its `with` block."""

    def __init__(self, network: Network, endpoints: tuple[str, ...]) -> None:
        self._network = network
        self._endpoints = endpoints

    def __enter__(self) -> Partition:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._network.repair(*self._endpoints)
