"""What a probe does to an endpoint, as data: who logs in how, what is sent, how much of it, and what is done wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Strings = Mapping[str, str]

WEBSOCKET: Final = "websocket"
SSE: Final = "sse"


def least(number: float, default: Any) -> Any:
    """A field with a lower bound."""
    return field(default=default, metadata={"least": number})


def one_of(*choices: str) -> Any:
    """A field that takes one of these words, the first unless told."""
    return field(default=choices[0], metadata={"choices": choices})


@dataclass(frozen=True, slots=True)
class Step:
    """One HTTP request and what to keep of its answer."""

    url: str
    name: str = ""
    method: str = one_of("POST", "GET", "PUT", "PATCH", "DELETE")
    json: Any = None
    headers: Strings = field(default_factory=dict)
    expect: tuple[int, ...] = (200, 201, 202, 204)
    capture: Strings = field(default_factory=dict)
    who: str = one_of("everyone", "first", "others")
    """`first` is the first user of each tenant, `others` are the rest; the rest go after the first."""

    @property
    def title(self) -> str:
        """The step in words."""
        return self.name or f"{self.method} {self.url}"


@dataclass(frozen=True, slots=True)
class Fields:
    """Where in an event things stand, by dotted paths, and what its types mean."""

    type: str = "type"
    run: str = "run_id"
    seq: str = "seq"
    epoch: str = "epoch"
    refusals: tuple[str, ...] = ("error",)
    """Types that say that a message was not taken."""
    ignore: tuple[str, ...] = ()
    """Types that the contract does not know and that are none of its business."""


@dataclass(frozen=True, slots=True)
class Connect:
    """The request that opens a socket; over SSE, what goes along with each request."""

    path: str = "/ws"
    query: Strings = field(default_factory=dict)
    headers: Strings = field(default_factory=dict)
    subprotocols: tuple[str, ...] = ()
    ready: str = ""
    """The type of the event that says that messages are taken now."""
    single_use: bool = False
    """Whether the same credentials must not open a second socket."""

    @property
    def secret(self) -> bool:
        """Whether anything in it says who one is."""
        return bool(self.query or self.headers or self.subprotocols)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a user sends to start a run, and what to keep of the run's events."""

    message: Any = None
    capture: Strings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resume:
    """What a client says when it comes back, and the event that says that it cannot go on from there."""

    message: Any = None
    reset: str = "reset"


@dataclass(frozen=True, slots=True)
class Load:
    """Who asks how often: an open loop, in which what is slow delays nobody's question."""

    tenants: int = least(1, 2)
    users: int = least(1, 2)
    rate: float = least(0.01, 2.0)
    ramp: float = least(0, 1.0)
    duration: float = least(0.1, 5.0)
    arrivals: str = one_of("even", "random")


@dataclass(frozen=True, slots=True)
class Faults:
    """What the probe does wrong on purpose; what is 0 or false is not done."""

    cut_after: int = least(0, 0)
    garbage: bool = False
    oversize: int = least(0, 0)
    flood: int = least(0, 0)
    flood_message: Any = None
    slow_reader: int = least(0, 0)


@dataclass(frozen=True, slots=True)
class Isolation:
    """Who must not see whose marks, and whether the endpoint repeats a user's mark to that user."""

    between: str = one_of("users", "tenants")
    echo: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the probe goes at most, and what it holds the endpoint to; an objective of 0 is not asked."""

    connections: int = least(1, 200)
    rate: float = least(0.01, 50.0)
    duration: float = least(0.1, 120.0)
    budget: float = least(0.1, 300.0)
    connect_seconds: float = least(0.01, 10.0)
    answer_seconds: float = least(0.01, 30.0)
    first_event_ms: float = least(0, 0.0)
    end_ms: float = least(0, 0.0)
    runs_per_second: float = least(0, 0.0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole probe."""

    name: str
    ask: Ask
    about: str = ""
    transport: str = one_of(WEBSOCKET, SSE)
    contract: str = "golden-path"
    fields: Fields = field(default_factory=Fields)
    connect: Connect = field(default_factory=Connect)
    resume: Resume | None = None
    login: tuple[Step, ...] = ()
    ticket: tuple[Step, ...] = ()
    """Before each connection."""
    look: tuple[Step, ...] = ()
    """After the runs, by each user at the things of another: `{theirs.…}`."""
    load: Load = field(default_factory=Load)
    faults: Faults = field(default_factory=Faults)
    isolation: Isolation = field(default_factory=Isolation)
    limits: Limits = field(default_factory=Limits)

    def beyond_its_limits(self, processes: int = 1) -> str:
        """Which limit the load asked for exceeds; empty when none."""
        asked = {
            "connections": self.load.tenants * self.load.users * processes,
            "rate": self.load.rate * processes,
            "duration": self.load.duration + self.load.ramp,
        }
        for name, value in asked.items():
            limit = getattr(self.limits, name)
            if value > limit:
                return f"the load asks for {name} {value:g}, limits.{name} is {limit:g}: lower one or raise the other"
        return ""
