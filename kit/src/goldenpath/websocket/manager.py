"""The one simulated WebSocket manager."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, count
from threading import RLock, current_thread, get_ident
from types import TracebackType
from typing import Any, Final, Self

from goldenpath.contracts import Report
from goldenpath.simulation import Network, Rule
from goldenpath.websocket import figures
from goldenpath.websocket.configuration import MockConfiguration, configured
from goldenpath.websocket.conversation import FORM, ORDER, Conversation
from goldenpath.websocket.dialling import CONNECT, RETRY_AFTER, dial
from goldenpath.websocket.errors import MessageRefusedError, MetricsDisabledError, WrongThreadError
from goldenpath.websocket.faults import LOSS, MALFORMED, PARTITION, TIMEOUT
from goldenpath.websocket.lane import CLOSED, Lane
from goldenpath.websocket.registry import Line, Registry
from goldenpath.websocket.settings import UNLIMITED
from goldenpath.websocket.wire import Sink, Stopwatch, Wire, network_of, size_of, type_of

NORMAL_CLOSE: Final = 1000
EVERYBODY: Final = "*"
MEMORY: Final = "memory_pressure"
LIMIT: Final = "connection_limit"
KEPT_ALL_THE_SAME: Final = frozenset({PARTITION, MALFORMED})
"""Failures after which the message is kept nevertheless: it waits for a repair, or arrived damaged."""


class MockWebSocketManager:
    """Delivers messages to threads, users and everybody, as well or as badly as its configuration says.

    A send is true only when the message was delivered. It works on any event loop; in a `Simulation` the time it takes
    is virtual. A thread that no user has joined is followed by the test itself, through `get_events_for_thread`. What
    is delivered is the object that was sent, not a copy.
    """

    def __init__(self, config: MockConfiguration | None = None, *, network: Network | None = None) -> None:
        self.config: Final = MockConfiguration() if config is None else config
        self.run_numbers: Final = count(1)
        """Numbers for runs that a test makes up."""
        self._given_network: Final = network
        self._home: Final = get_ident()
        self._shared: Final = self.config.switch("strict_threading")
        self._metered: Final = self.config.switch("enable_metrics")
        self._refused: Final = frozenset(
            chain(
                FORM if self.config.switch("validate_message_format") else (),
                ORDER if self.config.switch("enforce_event_order") else (),
            )
        )
        self._start()

    @classmethod
    def create_for_scenario(cls, name: str, **overrides: Any) -> MockWebSocketManager:
        """A manager for one of the scenarios; overrides are fields of the configuration, and always apply."""
        return cls(configured(name, **overrides))

    def _start(self) -> None:
        settings = self.config.settings
        watch = Stopwatch()
        network = network_of(settings, self.config.seed, watch, self._given_network)
        self._wire = Wire(settings, network, self._fall_apart, self._close_by_fault, watch)
        self._ledger = self._wire.ledger
        self._registry = Registry(self._wire, lambda name: Conversation(name, self.config.judged, self._refused))
        self._direct: dict[str, Callable[[Any], bool]] = {}
        self._cut: set[str] = set()
        self._memory = 0
        self._settle()

    def _settle(self) -> None:
        """Decide whether anything can go wrong with a message; where nothing can, none is asked for its fate."""
        self._direct.clear()
        settings = self._wire.settings
        limited = settings.memory_limit < UNLIMITED
        self._measures = limited or settings.bandwidth_limit < UNLIMITED
        self._calm = not (self._wire.network.rules or self._cut or limited or self._given_network)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the network, as they are in force now."""
        return self._wire.network.rules

    @property
    def threads(self) -> list[str]:
        """The threads that anything was sent to, or that anybody joined."""
        return list(self._registry.threads)

    @property
    def users(self) -> list[str]:
        """The users who are connected."""
        return list(self._registry.users)

    def threads_of(self, user_id: str) -> list[str]:
        """The threads that a user follows."""
        threads = self._registry.threads
        return [talk.name for talk, _ in self._registry.lines_of_user(user_id) if threads.get(talk.name) is talk]

    async def send_to_thread(self, thread_id: str, message: Any) -> bool:
        """Send to everybody who follows the thread; true when all of them got it."""
        try:
            direct = self._direct.get(thread_id)
        except TypeError:
            direct = None
        if direct is not None and get_ident() == self._home:
            return direct(message)
        with self._guard():
            lines = self._registry.lines_of_thread(checked("thread_id", thread_id))
            if len(lines) == 1 and not self._shared and self._nothing_in_the_way(lines):
                self._direct[thread_id] = partial(self._deliver, *lines[0]) if self._refused else lines[0][1].deliver
        return await self._send(lines, message, thread_id)

    async def send_to_user(self, user_id: str, message: Any) -> bool:
        """Send over each connection of the user; true when there is one and all got it."""
        with self._guard():
            lines = self._registry.lines_of_user(checked("user_id", user_id))
        return await self._send(lines, message, user_id)

    async def broadcast(self, message: Any, exclude: Collection[str] = ()) -> bool:
        """Send to all users but those excluded; true when there are any and all of them got it."""
        with self._guard():
            lines = self._registry.lines_of_all(exclude)
        return await self._send(lines, message, EVERYBODY)

    async def connect_user(
        self,
        user_id: str,
        thread_id: str | None = None,
        *,
        tenant: str = "",
        on_message: Sink | None = None,
        on_close: Callable[[int], object] | None = None,
    ) -> bool:
        """Connect a user, to follow a thread where one is named; false when it does not come about.

        `on_message` is called with each message that arrives, as it arrives; `on_close` with the close code.
        """
        self._guard()
        checked("user_id", user_id)
        with self._wire.lock:
            if thread_id is not None:
                self._registry.thread(checked("thread_id", thread_id)).expect_users()
                self._direct.clear()
            self._wire.watch.start()
        reason = await dial(self._wire, user_id, tenant)
        with self._wire.lock:
            if not reason and len(self._registry) >= self.config.settings.connection_limit:
                reason = LIMIT
            if reason:
                self._ledger.fail(self._wire.watch(), reason, user_id, CONNECT)
                return False
            lane = Lane(self._wire, user_id, user=user_id, tenant=tenant, on_message=on_message, on_close=on_close)
            self._registry.add(lane, thread_id)
            self._direct.clear()
            return True

    async def disconnect_user(self, user_id: str, thread_id: str | None = None) -> bool:
        """Close the user's connections (those to one thread, where one is named); false when there were none."""
        with self._guard():
            lines = self._registry.lines_of_user(checked("user_id", user_id))
            leaving = [line for line in lines if thread_id is None or line[0].name == thread_id]
            self._hang_up(leaving, NORMAL_CLOSE)
            return bool(leaving)

    def is_connected(self, user_id: str) -> bool:
        """Whether the user has a connection."""
        return user_id in self._registry.users

    def get_events_for_thread(self, thread_id: str) -> list[Any]:
        """What was delivered in the thread, in the order in which it arrived."""
        conversation = self._registry.threads.get(checked("thread_id", thread_id))
        return list(conversation.log) if conversation else []

    def get_events_for_user(self, user_id: str) -> list[Any]:
        """What was delivered to the user, over all connections that are open."""
        lines = self._registry.lines_of_user(checked("user_id", user_id))
        return [message for _, lane in lines for message in lane.log]

    def get_all_events(self) -> list[Any]:
        """What was delivered in all threads, thread by thread."""
        return [message for conversation in self._registry for message in conversation.log]

    def get_report(self, thread_id: str) -> Report:
        """The contract's report over what was delivered in the thread."""
        return figures.report(self._registry.threads.get(checked("thread_id", thread_id)), self.config.contract)

    def get_required_event_compliance(self, thread_id: str | None = None) -> dict[str, bool]:
        """For each event that the contract requires, whether it was delivered: in the thread, or in any."""
        return figures.compliance(self._chosen(thread_id), self.config.contract)

    def get_compliance_score(self, thread_id: str | None = None) -> float:
        """The share of the contract's obligations kept, from 0 to 1: in the thread, or in all together."""
        return figures.score(self._chosen(thread_id), self.config.contract)

    def get_performance_metrics(self) -> dict[str, float]:
        """Throughput, latency, memory and connections; the times are those of the clock that shows on this loop."""
        if not self._metered:
            raise MetricsDisabledError("this manager keeps no metrics: its configuration has enable_metrics=False")
        return figures.performance(self._wire, self._registry, len(self._registry))

    def get_failure_analysis(self) -> dict[str, Any]:
        """What failed, by reason and one by one."""
        return self._ledger.analysis()

    def get_network_simulation_stats(self) -> dict[str, Any]:
        """How often each fault struck, and what became of the messages it struck."""
        held = sum(lane.held for conversation in self._registry for lane in conversation.lanes)
        return figures.network_stats(self._wire, sorted(self._cut), held)

    def enable_partition(self, *names: str) -> None:
        """Cut these users or threads off (without names: all), until `disable_partition`; what is sent waits."""
        self._ledger.events["partitions"] += 1
        self._cut.update(names or (EVERYBODY,))
        self._wire.network.partition(*names)
        self._settle()

    def disable_partition(self, *names: str) -> None:
        """Repair the partition (without names: all); what waited is delivered, in the order in which it was sent."""
        self._cut.difference_update(names or tuple(self._cut))
        self._wire.network.repair(*names)
        self._settle()

    @contextmanager
    def misbehaving(self, *rules: Rule) -> Iterator[None]:
        """Within the block, the network has these rules as well."""
        for rule in rules:
            self._wire.network.add(rule)
        self._settle()
        try:
            yield
        finally:
            for rule in rules:
                self._wire.network.remove(rule.name)
            self._settle()

    def clear_messages(self) -> None:
        """Forget what was delivered; connections, counts and the network stay."""
        self._ledger.bytes += figures.stored(self._registry)
        for conversation in self._registry:
            conversation.forget()
        self._memory = 0

    def reset(self) -> None:
        """Begin anew: nobody is connected, nothing was sent, chance starts over."""
        self.close()
        self._wire.network.repair()
        self._start()

    def close(self) -> None:
        """Close every connection; what was recorded stays."""
        self._hang_up(self._registry.lines_of_all(()), NORMAL_CLOSE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _send(self, lines: list[Line], message: Any, target: str) -> bool:
        with self._wire.lock:
            self._wire.watch.start()
            self._refuse({id(conversation): conversation for conversation, _ in lines}.values(), message)
            if not lines:
                self._ledger.sent += 1
                self._ledger.fail(self._wire.watch(), CLOSED, target, type_of(message))
                return False
            if self._nothing_in_the_way(lines):
                for _, lane in lines:
                    lane.deliver(message)
                return True
        size = size_of(message) if self._measures else 0
        if len(lines) == 1:
            return await self._carry(lines[0][1], message, size)
        return all(await asyncio.gather(*(self._carry(lane, message, size) for _, lane in lines)))

    def _deliver(self, conversation: Conversation, lane: Lane, message: Any) -> bool:
        """Hand a message over at once, unless what is enforced forbids it."""
        self._refuse((conversation,), message)
        return lane.deliver(message)

    def _refuse(self, conversations: Collection[Conversation], message: Any) -> None:
        """Raise if what is enforced forbids the message; otherwise note that it was sent."""
        if not self._refused:
            return
        for conversation in conversations:
            try:
                conversation.refuse(message)
            except MessageRefusedError:
                self._ledger.events["refused"] += 1
                raise
        for conversation in conversations:
            conversation.note_sent(message)

    async def _carry(self, lane: Lane, message: Any, size: int) -> bool:
        """Send over one line; true when the message arrived, whole."""
        began = time.monotonic()
        with self._wire.lock:
            self._ledger.sent += 1
            fits = self._memory + size <= self.config.settings.memory_limit
            self._memory += size if fits else 0
        reason = await self._persist(lane, message, size) if fits else MEMORY
        with self._wire.lock:
            if not reason:
                self._ledger.delivered += 1
                if self._metered:
                    self._ledger.took(time.monotonic() - began)
                return True
            if fits and reason not in KEPT_ALL_THE_SAME:
                self._memory -= size
            self._ledger.fail(self._wire.watch(), reason, lane.receiver, type_of(message))
            return False

    async def _persist(self, lane: Lane, message: Any, size: int) -> str:
        """Send, and send again what was lost; answer why it did not arrive, or ""."""
        settings = self.config.settings
        reason = await lane.carry(message, size)
        for _ in range(settings.retries):
            if reason != LOSS:
                break
            self._ledger.events["retries"] += 1
            await asyncio.sleep(RETRY_AFTER)
            reason = await lane.carry(message, size)
        if reason == TIMEOUT:
            await asyncio.sleep(settings.timeout_ms / 1_000)
        return reason

    def _guard(self) -> RLock:
        """The lock, for a thread that may have it."""
        if not self._shared and get_ident() != self._home:
            raise WrongThreadError(
                f"this manager belongs to another thread than {current_thread().name!r}; "
                "to share it between threads, configure strict_threading=True"
            )
        return self._wire.lock

    def _nothing_in_the_way(self, lines: list[Line]) -> bool:
        """Whether messages can be handed over at once, overtaking none."""
        return self._calm and not any(lane.held for _, lane in lines)

    def _chosen(self, thread_id: str | None) -> list[Conversation]:
        if thread_id is None:
            return list(self._registry)
        conversation = self._registry.threads.get(checked("thread_id", thread_id))
        return [conversation] if conversation is not None else []

    def _hang_up(self, lines: list[Line], code: int) -> None:
        """Close these lines, and take them off the books."""
        for conversation, lane in lines:
            self._registry.drop(conversation, lane)
            lane.close(code)
        self._direct.clear()

    def _close_by_fault(self, lane: Lane, code: int) -> None:
        lines = self._registry.lines_of_user(lane.user)
        self._hang_up([line for line in lines if line[1] is lane], code)

    def _fall_apart(self) -> None:
        """A fault has partitioned the network; it heals by itself."""
        if EVERYBODY not in self._cut:
            self.enable_partition()
            heal_after = self.config.settings.partition_ms / 1_000
            asyncio.get_running_loop().call_later(heal_after, self.disable_partition)


def checked(what: str, name: object) -> str:
    """The name of a thread or a user, which must be one."""
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"{what} is a non-empty string, got {name!r}")
    return name
