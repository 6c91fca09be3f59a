"""Failures and delays on purpose: planned once, drawn from a seed, the same on every run."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from functools import lru_cache
from inspect import iscoroutinefunction
from threading import Lock
from typing import Any, Final, TypedDict


class SimulatedFailure(RuntimeError):
    """What a double raises when it was told to fail and not told with what."""


class Conditions(TypedDict, total=False):
    """What every `create_…` method of the factory accepts besides its own parameters."""

    failure_rate: float
    fail_with: BaseException | type[BaseException] | None
    fail_on_call: int | Collection[int] | None
    latency: float | tuple[float, float]
    seed: int | None
    tenant: str | None


CONDITIONS: Final = tuple(Conditions.__annotations__)


class FailurePlan:
    """Decides, call by call, whether a double fails and how long it takes.

    Calls are numbered per method, as `call_count` numbers them. Delays are `asyncio.sleep`, so a loop with virtual time
    makes them free. It is the async methods that wait for something and so can fail; with `sync_too`, all. `spared`
    methods are left to a behaviour that fails by the plan itself.
    """

    __slots__ = (
        "_counts",
        "_failed",
        "_lock",
        "_random",
        "error",
        "latency",
        "numbers",
        "owner",
        "rate",
        "seed",
        "spared",
        "sync_too",
    )

    def __init__(
        self,
        owner: str,
        *,
        failure_rate: float = 0.0,
        fail_with: BaseException | type[BaseException] | None = None,
        fail_on_call: int | Collection[int] | None = None,
        latency: float | tuple[float, float] = 0.0,
        seed: int | None = None,
        sync_too: bool = False,
        spared: frozenset[str] = frozenset(),
    ) -> None:
        self.owner: Final = owner
        self.numbers: Final = _call_numbers(fail_on_call)
        self.rate: Final = _rate(failure_rate, always=fail_with is not None and not self.numbers)
        self.error: Final = _error(fail_with)
        self.latency: Final = _latency(latency)
        self.seed: Final = _seed(seed)
        self.sync_too: Final = sync_too
        self.spared: Final = spared
        self._lock = Lock()
        self.restart()

    def restart(self) -> None:
        """Begin again at call one with the same seed: the same calls will fail."""
        from random import Random

        self._counts: dict[str, int] = {}
        self._failed = 0
        self._random = Random(self.seed)

    def __call__(self, method: str, awaits: bool) -> Awaitable[None] | None:
        """Interfere with a call before it is answered: raise, or return what to await first."""
        if method in self.spared:
            return None
        if awaits:
            return self.disturb(method)
        if self.sync_too:
            self.strike(method)
        return None

    async def disturb(self, method: str) -> None:
        """Take as long as a call should take, then fail if it should."""
        await self.delay()
        self.strike(method)

    def strike(self, method: str) -> None:
        """Count a call of `method` and raise if it is one of those that fail."""
        with self._lock:
            number = self._counts[method] = self._counts.get(method, 0) + 1
            fails = number in self.numbers or (self.rate > 0 and self._random.random() < self.rate)
            self._failed += fails
        if fails:
            raise self.error or SimulatedFailure(
                f"{self.owner}.{method} fails on purpose: call {number}, seed {self.seed}"
            )

    async def delay(self) -> None:
        """Take as long as a call should take."""
        shortest, longest = self.latency
        if longest:
            from asyncio import sleep

            with self._lock:
                seconds = shortest + (longest - shortest) * self._random.random()
            await sleep(seconds)

    def unmet(self) -> str:
        """Say which planned failure has not happened, or nothing."""
        if self._failed or not self.numbers:
            return ""
        planned = ", ".join(map(str, sorted(self.numbers)))
        counts = ", ".join(f"{method} {times(count)}" for method, count in self._counts.items()) or "nothing"
        return f"was to fail on call {planned} and never did (called: {counts})"


def plan_of(
    owner: str, interface: type, conditions: Mapping[str, Any], spared: frozenset[str] = frozenset()
) -> FailurePlan | None:
    """The failures and delays that the conditions ask for, if any."""
    if unknown := conditions.keys() - set(CONDITIONS):
        known = ", ".join(CONDITIONS)
        raise TypeError(f"there is no {', '.join(sorted(unknown))}; besides its own parameters a double takes {known}")
    tenant = conditions.get("tenant")
    if tenant is not None and not isinstance(tenant, str):
        raise TypeError(f"tenant is a name, not {tenant!r}")
    disturbing = {name: value for name, value in conditions.items() if name != "tenant"}
    return FailurePlan(owner, **disturbing, sync_too=not waits(interface), spared=spared) if disturbing else None


@lru_cache(maxsize=1024)
def waits(interface: type) -> bool:
    """Whether an interface has async methods, which then are the ones that fail on purpose."""
    return any(iscoroutinefunction(getattr(interface, name)) for name in dir(interface))


def times(count: int) -> str:
    """A count in words."""
    return "1 time" if count == 1 else f"{count} times"


def _rate(rate: float, *, always: bool) -> float:
    if not isinstance(rate, (int, float)) or isinstance(rate, bool):
        raise TypeError(f"failure_rate is a number from 0 to 1, not {rate!r}")
    if not 0 <= rate <= 1:
        raise ValueError(f"failure_rate is a number from 0 (never) to 1 (always), not {rate!r}")
    return 1.0 if always and not rate else float(rate)


def _error(error: Any) -> BaseException | type[BaseException] | None:
    if error is None or isinstance(error, BaseException):
        return error
    if isinstance(error, type) and issubclass(error, BaseException):
        return error
    raise TypeError(f"fail_with is an exception or an exception class, not {error!r}")


def _call_numbers(numbers: Any) -> frozenset[int]:
    if numbers is None:
        return frozenset()
    listed = (numbers,) if isinstance(numbers, int) else numbers
    try:
        wanted = frozenset(listed)
    except TypeError:
        raise TypeError(f"fail_on_call is the number of a call, or several numbers, not {numbers!r}") from None
    if wrong := [number for number in wanted if not isinstance(number, int) or isinstance(number, bool)]:
        raise TypeError(f"fail_on_call is the number of a call, or several numbers, not {wrong[0]!r}")
    if wrong := [number for number in wanted if number < 1]:
        raise ValueError(f"fail_on_call counts from 1, so there is no call {wrong[0]}")
    return wanted


def _latency(latency: Any) -> tuple[float, float]:
    shortest, longest = latency if isinstance(latency, tuple) and len(latency) == 2 else (latency, latency)
    for seconds in (shortest, longest):
        if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
            raise TypeError(f"latency is seconds, or a (shortest, longest) pair of seconds, not {latency!r}")
    if not 0 <= shortest <= longest:
        raise ValueError(f"latency is 0 seconds or more, the shortest first, not {latency!r}")
    return float(shortest), float(longest)


def _seed(seed: Any) -> int:
    if seed is None:
        return 0
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"seed is a whole number, not {seed!r}: a failure must be replayable")
    return seed
