"""Members nobody has touched yet: descriptors that put a recorder or a value in their own place."""

from __future__ import annotations

from threading import RLock, get_ident
from typing import Any, Final

from goldenpath.doubles.flavours import (
    AsyncRecorder,
    AsyncStreamRecorder,
    AwaitableRecorder,
    StreamRecorder,
    flow,
    flow_async,
    settle,
)
from goldenpath.doubles.hints import resolve, telling
from goldenpath.doubles.loose import PLAN, Loose
from goldenpath.doubles.marks import SELF, UNSET
from goldenpath.doubles.members import IMMUTABLE, Member
from goldenpath.doubles.plan import Default, Plan
from goldenpath.doubles.recorder import Held, Recorder
from goldenpath.doubles.tape import Tape


def tape_of(owner: Any) -> Tape:
    """The tape of a double, made when something under it is first touched."""
    tape: Tape | None = owner._double_tape
    return place(owner, "_double_tape", Tape()) if tape is None else tape


def path_to(owner: Any, name: str) -> str:
    """Where a member stands under the double the tape belongs to."""
    above: str = owner._double_path
    return f"{above}.{name}" if above else name


class Placing:
    """The right to put something in its place: which thread has it, and for which double.

    To that thread, an untouched member of that double answers UNSET. The lock is reentrant because a finalizer may run
    anywhere, and may call a double.
    """

    __slots__ = ("lock", "owner", "thread")

    def __init__(self) -> None:
        self.lock = RLock()
        self.owner: Any = None
        self.thread: int | None = None


PLACING: Final = Placing()


def place(owner: Any, name: str, value: Any) -> Any:
    """Put a value into an instance unless another thread was first; either way, what is there now.

    `vars(owner).setdefault(...)` would say the same, but asking for an instance's dictionary makes Python build one:
    250 bytes for every double that is touched. Attributes alone live in the instance, in an array shared by layout.
    """
    with PLACING.lock:
        PLACING.owner, PLACING.thread = owner, get_ident()
        try:
            held = object.__getattribute__(owner, name)
        except AttributeError:
            held = UNSET
        finally:
            PLACING.owner = None
        if held is not UNSET and held is not None:
            return held
        object.__setattr__(owner, name, value)
        return value


def shadow(name: str) -> str:
    """Where a member is kept that must always be found by its descriptor: special methods, and those returning self."""
    return f"{name}()"


class Touch:
    """A member in a double class. It has no `__set__`, so what is put in the instance is found before it."""

    __slots__ = ("default", "member")

    def __init__(self, member: Member, default: Default) -> None:
        self.member = member
        self.default = default

    def __get__(self, owner: Any, kind: type) -> Any:
        if owner is None:
            return self
        if PLACING.owner is owner and PLACING.thread == get_ident():
            return UNSET
        return self.found(owner)

    def found(self, owner: Any) -> Any:
        """The member of one double."""
        raise NotImplementedError

    def behind(self, owner: Any) -> Any:
        """The same member of what the double wraps, or UNSET."""
        wrapped = owner._double_wrapped
        if wrapped is None:
            return UNSET
        if owner._double_lenient:
            return getattr(wrapped, self.member.name, UNSET)
        return getattr(wrapped, self.member.name)

    def refuse_deleted(self, owner: Any) -> None:
        if self.member.name in owner._double_gone:
            raise AttributeError(f"{self.member.name!r} was deleted from {owner!r}")


class ValueTouch(Touch):
    """An attribute, a property or a class-level constant."""

    __slots__ = ()

    def found(self, owner: Any) -> Any:
        self.refuse_deleted(owner)
        member = self.member
        value = self.behind(owner)
        if value is not UNSET:
            return value
        if member.value is UNSET:
            spoken = telling(resolve(member.annotation, member.function, member.home), member.home)
            answer = member.home if spoken is SELF else spoken
            return place(owner, member.name, self.default(answer, tape_of(owner), path_to(owner, member.name)))
        return member.value if isinstance(member.value, IMMUTABLE) else place(owner, member.name, copied(member.value))


def copied(value: Any) -> Any:
    """A container with containers of its own; what is in them is the same."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    if type(value) in (list, set):
        return type(value)(map(copied, value))
    return bytearray(value) if type(value) is bytearray else value


class MethodTouch(Touch):
    """A method, of any flavour."""

    __slots__ = ("key", "made", "recorder")

    def __init__(self, member: Member, default: Default) -> None:
        super().__init__(member, default)
        self.key = shadow(member.name) if member.name[:2] == "__" == member.name[-2:] else member.name
        self.made: Plan | None = None
        self.recorder: type[Recorder] = Recorder

    def plan(self) -> Plan:
        """The plan, made on the first touch in any double of the class."""
        if self.made is None:
            self.recorder, plan = planned(self.member, self.default)
            if plan.answer is SELF:
                self.key = shadow(self.member.name)
            self.made = plan
        return self.made

    def found(self, owner: Any) -> Any:
        plan = self.made or self.plan()
        if self.key == self.member.name:
            return self.touched(owner, plan)
        try:
            recorder = object.__getattribute__(owner, self.key)
        except AttributeError:
            recorder = self.touched(owner, plan)
        return Fluent(recorder, owner) if plan.answer is SELF and isinstance(recorder, Recorder) else recorder

    def touched(self, owner: Any, plan: Plan) -> Any:
        """A recorder, put in its place."""
        name = self.member.name
        if owner._double_gone:
            self.refuse_deleted(owner)
        path = owner._double_path if name == "__call__" else path_to(owner, name)
        recorder = self.recorder(plan, tape_of(owner), path)
        if owner._double_wrapped is not None:
            wraps = self.behind(owner)
            if wraps is not UNSET:
                recorder._adjust().wraps = wraps
        return place(owner, self.key, recorder)


RECORDING: Final[dict[str, tuple[type[Recorder], Any]]] = {
    "sync": (Recorder, settle),
    "async": (AsyncRecorder, settle),
    "awaitable": (AwaitableRecorder, settle),
    "sync stream": (StreamRecorder, flow),
    "async stream": (AsyncStreamRecorder, flow_async),
}


def planned(member: Member, default: Default, title: str = "") -> tuple[type[Recorder], Plan]:
    """The plan of a member, and the recorder that follows it."""
    recorder, settled = RECORDING[recording(member)]
    plan = Plan(member, settled, default, title)
    return Recorder if plan.answer is SELF and not member.flavour.awaits else recorder, plan


def recording(member: Member) -> str:
    """Which row of the table a member belongs to."""
    if member.name == "__await__":
        return "awaitable"
    if member.flavour.awaits:
        return "async"
    return f"{member.flavour.stream} stream" if member.flavour.stream else "sync"


class Fluent(Held):
    """A method that returns its own double: `-> Self`, `__enter__`, `__iter__`.

    The recorder cannot know its double (that would be a cycle), so each touch hands out this short-lived pair.
    """

    __slots__ = ("_owner", "_recorder")

    def __init__(self, recorder: Recorder, owner: Any) -> None:
        object.__setattr__(self, "_recorder", recorder)
        object.__setattr__(self, "_owner", owner)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        value = self._recorder(*args, **kwargs)
        return self._swapped_later(value) if isinstance(self._recorder, AsyncRecorder) else self._swapped(value)

    async def _swapped_later(self, value: Any) -> Any:
        return self._swapped(await value)

    def _swapped(self, value: Any) -> Any:
        """The double for its stand-in, and for what it wraps."""
        wrapped = self._owner._double_wrapped
        return self._owner if value is SELF or (value is wrapped and wrapped is not None) else value

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._recorder, name)
        return self._owner if value is SELF else value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._recorder, name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fluent) and other._recorder is self._recorder

    def __hash__(self) -> int:
        return hash(self._recorder)

    def __repr__(self) -> str:
        return repr(self._recorder)


def loose(tape: Tape, path: str) -> Loose:
    """A value nothing is known about."""
    return Loose(PLAN, tape, path)
