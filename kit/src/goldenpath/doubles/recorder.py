"""Recorders: what stands where the method of a double would be."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from copy import deepcopy
from inspect import Signature
from typing import Any, Final, NoReturn

from goldenpath.doubles.calls import Entry
from goldenpath.doubles.marks import KEYED, SNAPSHOT, UNSET
from goldenpath.doubles.plan import Plan, anything
from goldenpath.doubles.setup import Setup, as_effect, streamed
from goldenpath.doubles.tape import OPENING, Tape
from goldenpath.doubles.vocabulary import Vocabulary

NOTHING_KNOWN: Final[dict[Any, Any]] = {}


class Held:
    """What belongs to one test: it resets with what it hangs on, and is neither copied nor pickled."""

    __slots__ = ()

    def reset_mock(self, *, return_value: bool = False, side_effect: bool = False) -> None:
        """Forget every call; and, if asked, what it was told to answer."""
        raise NotImplementedError

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        return self if id(SNAPSHOT) in memo else self.__reduce_ex__(0)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{self!r} cannot be copied or pickled: it belongs to one test in one process; make another")


class Recorder(Vocabulary, Held):
    """A method that checks how it is called, remembers it, and answers what it was told to.

    The short way through a call knows two things: the shapes of call that need no check any more (`_known`), and the
    value to hand out at once (`_ready`). Whatever is less simple leaves them empty and goes the long way.
    """

    __slots__ = ("_known", "_log", "_path", "_plan", "_ready", "_setup", "_tape")

    def __init__(self, plan: Plan, tape: Tape, path: str) -> None:
        self._plan = plan
        self._tape = tape
        self._path = path
        self._known: Container[int] = ()
        self._log = None
        self._ready = UNSET
        self._setup = None if tape.interfere is None and not plan.flavour.stream else Setup()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) not in self._known:
            self._record(args, kwargs)
        else:
            self._log.append(args)  # type: ignore[union-attr]
            self._tape.entries.extend((self._path, args))  # type: ignore[union-attr]
        value = self._ready
        return self._answer(args, kwargs) if value is UNSET else value

    def _record(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Entry:
        """Check and remember a call the long way: with keywords, for the first time, with a snapshot."""
        plan, tape = self._plan, self._tape
        if kwargs:
            names = plan.keyed.get(tuple(kwargs), NOTHING_KNOWN).get(len(args)) or plan.signatures.check(args, kwargs)
            entry: Entry = (KEYED, names, args, tuple(kwargs.values()))
        else:
            entry = args
            if len(args) not in plan.accepted:
                plan.signatures.check(args, kwargs)
        if tape.snapshot:
            entry = deepcopy(entry, {id(SNAPSHOT): SNAPSHOT})
        if self._log is None:
            self._open()
        self._log.append(entry)  # type: ignore[union-attr]
        tape.entries.extend((self._path, entry))  # type: ignore[union-attr]
        return entry

    def _open(self) -> None:
        """Make the lists that the first call needs."""
        tape = self._tape
        entries: list[Any] = []
        log: list[Entry] = []
        with OPENING:
            if tape.entries is None:
                tape.entries = entries
            if self._log is None:
                self._log = log
            if not tape.snapshot:
                self._known = self._plan.accepted

    def _answer(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Interference, then the side effect, the return value, what is wrapped, the default: the first that speaks."""
        if self._tape.interfere is not None:
            self._tape.interfere(self._path, False)
        return streamed(self._reply(args, kwargs), self._plan.flavour.stream)

    def _reply(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        setup = self._setup
        if setup is not None:
            value = setup.take(args, kwargs)
            if value is not UNSET:
                return value
            if setup.value is UNSET and setup.wraps is not None:
                return setup.wraps(*args, **kwargs)
        return self._default()

    def _default(self) -> Any:
        """The return value, or the exception that stands in its place until one is set."""
        if self._plan.raises is not None and self._told() is UNSET:
            raise self._plan.raises
        return self.return_value

    def _told(self) -> Any:
        """The return value it was told, or UNSET."""
        return self._ready if self._setup is None else self._setup.value

    def _tell(self, value: Any) -> None:
        if self._setup is None:
            self._ready = value
        else:
            self._setup.value = value

    def _adjust(self) -> Setup:
        """The set-up, made when there is first more to tell than a value."""
        with OPENING:
            if self._setup is None:
                self._setup = Setup(self._ready)
                self._ready = UNSET
            return self._setup

    @property
    def return_value(self) -> Any:
        """What a call returns; until set, what the annotation promises or a value that takes anything."""
        if self._told() is UNSET:
            made = self._plan.default(self._plan.answer, self._tape, f"{self._path}()")
            with OPENING:
                if self._told() is UNSET:
                    self._tell(made)
        return self._told()

    @return_value.setter
    def return_value(self, value: Any) -> None:
        self._tell(value)

    @property
    def side_effect(self) -> Any:
        """What happens on a call: an exception, a callable, or one item of an iterable after the other."""
        return None if self._setup is None else self._setup.effect

    @side_effect.setter
    def side_effect(self, value: Any) -> None:
        self._adjust().effect = as_effect(value)

    def reset_mock(self, *, return_value: bool = False, side_effect: bool = False) -> None:
        """Forget every call, of what it returned too; and, if asked, what it was told to answer."""
        if self._log is not None:
            self._log = []
        self._tape.forget(self._path)
        for child in self._children():
            child.reset_mock(return_value=return_value, side_effect=side_effect)
        if return_value:
            self._tell(UNSET)
        if side_effect and self._setup is not None:
            self._setup.effect = None

    def _children(self) -> Iterator[Any]:
        """What a reset also reaches."""
        told = self._told()
        if isinstance(told, Held):
            yield told

    @property
    def __signature__(self) -> Signature:
        return self._plan.signature

    @property
    def __name__(self) -> str:
        return self._plan.title.rpartition(".")[2]

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return getattr(self._plan.member.function, "__doc__", None)

    @property
    def __annotations__(self) -> dict[str, Any]:  # type: ignore[override]
        parameters = self._plan.signature.parameters.values()
        return {each.name: each.annotation for each in parameters if each.annotation is not each.empty}

    def __repr__(self) -> str:
        named = f" {self._tape.name!r}" if self._tape.name else ""
        return f"<double of {self._plan.title}{named}, called {self.call_count} times>"

    __code__ = anything.__code__
    __defaults__ = None
    __kwdefaults__ = None
    """With these, `inspect` takes it for the function it stands for, async or not."""
