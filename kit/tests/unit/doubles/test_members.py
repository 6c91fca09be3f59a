"""What each kind of member of a spec becomes in its double."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import threading
import typing
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import SimpleNamespace
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, Self, TypedDict, TypeVar, overload, runtime_checkable

import pytest

from goldenpath.doubles import double

T = TypeVar("T")


class Colour(Enum):
    RED = 1


class Guilty(Exception):
    pass


class Judge:
    def verdict(self) -> Guilty: ...  # type: ignore[empty-body]


class Settings(TypedDict):
    a: int


class Session:
    async def execute(self, query: str) -> list[int]:
        return []

    def expunge(self, item: object) -> None: ...


class Ancestor:
    inherited_value = "old"

    def inherited(self, x: int) -> int:
        return x

    def overridden(self) -> None: ...


def logged(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class Validated:
    """A data descriptor of somebody's own."""

    def __get__(self, owner: object, kind: type) -> int:
        return 1

    def __set__(self, owner: object, value: int) -> None: ...


class Decorated:
    """A method decorator that is a descriptor of somebody's own."""

    def __init__(self, function: Any) -> None:
        functools.update_wrapper(self, function)

    def __get__(self, owner: object, kind: type) -> Any:
        return functools.partial(self.__wrapped__, owner)  # type: ignore[attr-defined]


def free(a: int, b: int = 2) -> int:
    return a + b


class Everything(Ancestor):
    """One member of every kind."""

    constant = 7
    colour = Colour.RED
    options: ClassVar[dict[str, int]] = {"a": 1}
    annotated: int
    session: Session
    maybe: Session | None
    nested_type = Session
    validated = Validated()

    def __init__(self, repo: Session, size: int) -> None:
        self.repo = repo
        self.size: int = size
        self.left, self.right = 1, 2
        if size:
            self.extra = Session()

    def sync(self, x: int) -> str: ...  # type: ignore[empty-body]
    async def coroutine(self, x: int) -> str: ...  # type: ignore[empty-body]
    def nothing(self) -> None: ...
    def made(self) -> Session: ...  # type: ignore[empty-body]
    async def made_later(self) -> Session | None: ...
    def itself(self) -> Self: ...  # type: ignore[empty-body]

    def generator(self, n: int) -> Iterator[int]:
        yield n

    async def async_generator(self, n: int) -> AsyncIterator[int]:
        yield n

    def promised_stream(self) -> AsyncIterator[int]: ...  # type: ignore[empty-body]
    async def awaited_stream(self) -> AsyncIterator[int]: ...  # type: ignore[empty-body]
    def awaitable(self) -> Awaitable[int]: ...  # type: ignore[empty-body]

    @contextlib.contextmanager
    def manager(self, x: int) -> Iterator[int]:
        yield x

    @contextlib.asynccontextmanager
    async def async_manager(self, x: int) -> AsyncIterator[int]:
        yield x

    @staticmethod
    def static(x: int) -> int:
        return x

    @staticmethod
    async def async_static(x: int) -> int:
        return x

    @classmethod
    def built(cls, x: int) -> Self: ...  # type: ignore[empty-body]

    @property
    def prop(self) -> Session: ...  # type: ignore[empty-body]

    @functools.cached_property
    def cached(self) -> Session: ...  # type: ignore[empty-body]

    @logged
    def wrapped(self, x: int) -> int:
        return x

    @logged
    async def wrapped_async(self, x: int) -> int:
        return x

    @functools.lru_cache  # noqa: B019
    def memo(self, x: int) -> int:
        return x

    @functools.singledispatchmethod
    def dispatched(self, x: int) -> int:
        return x

    @Decorated
    def decorated(self, x: int) -> int:
        return x

    partial = functools.partial(free, 1)
    partial_method = functools.partialmethod(sync, 1)
    function_object = SimpleNamespace
    lower = staticmethod(str.lower)

    def overridden(self, x: int) -> None: ...  # type: ignore[override]
    def anything(self, *args: int, **kwargs: int) -> None: ...
    def _private(self) -> None: ...


@pytest.fixture
def d() -> Any:
    return double(Everything)


REFUSED = [
    ("sync", ()),
    ("coroutine", ()),
    ("generator", ()),
    ("async_generator", ()),
    ("manager", ()),
    ("async_manager", ()),
    ("static", ()),
    ("async_static", ()),
    ("built", ()),
    ("wrapped", ()),
    ("wrapped_async", ()),
    ("memo", ()),
    ("dispatched", ()),
    ("decorated", ()),
    ("partial", (1, 2)),
    ("partial_method", (1,)),
    ("inherited", ()),
    ("overridden", ()),
    ("nothing", (1,)),
    ("_private", (1,)),
    ("itself", (1,)),
    ("awaitable", (1,)),
    ("promised_stream", (1,)),
]


@pytest.mark.parametrize(("name", "args"), REFUSED)
def test_a_member_that_is_called_refuses_what_its_signature_refuses(d: Any, name: str, args: tuple[int, ...]) -> None:
    with pytest.raises(TypeError, match="does not accept this call"):
        getattr(d, name)(*args)


AWAITED = ["coroutine", "async_static", "wrapped_async"]
PLAIN = ["sync", "static", "wrapped", "memo", "dispatched", "decorated", "partial", "inherited", "overridden"]


@pytest.mark.parametrize("name", AWAITED)
def test_what_is_awaited_of_the_real_is_awaited_of_the_double(d: Any, name: str) -> None:
    method = getattr(d, name)
    method.return_value = 5
    assert inspect.iscoroutinefunction(method)
    assert asyncio.run(method(1)) == 5
    assert method.await_count == 1


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_called_of_the_real_is_called_of_the_double(d: Any, name: str) -> None:
    method = getattr(d, name)
    method.return_value = 5
    assert not inspect.iscoroutinefunction(method)
    assert method(1) == 5


def test_every_kind_of_function_is_told_apart_by_inspect_as_the_real_one_is(d: Any) -> None:
    tests = (inspect.iscoroutinefunction, inspect.isasyncgenfunction, inspect.isgeneratorfunction)
    for name in ["sync", "coroutine", "generator", "async_generator", "static", "async_static"]:
        real = getattr(Everything, name)
        assert [test(getattr(d, name)) for test in tests] == [test(real) for test in tests], name


def test_signature_and_docstring_are_the_methods_own(d: Any) -> None:
    assert str(inspect.signature(d.sync)) == "(x: 'int') -> 'str'"
    assert d.sync.__name__ == "sync"
    assert d.__doc__ == Everything.__doc__


def test_constants_are_shown_as_they_are(d: Any) -> None:
    assert (d.constant, d.colour, d.nested_type, d.inherited_value) == (7, Colour.RED, Session, "old")


def test_a_mutable_constant_is_a_copy_of_its_own(d: Any) -> None:
    d.options["a"] = 2
    assert d.options == {"a": 2}
    assert Everything.options == double(Everything).options == {"a": 1}


@pytest.mark.parametrize("name", ["session", "maybe", "prop", "cached", "repo"])
def test_an_attribute_annotated_with_a_class_is_a_double_of_it(d: Any, name: str) -> None:
    value = getattr(d, name)
    assert isinstance(value, Session)
    assert getattr(d, name) is value
    with pytest.raises(AttributeError, match="Session has no attribute 'exectue'; did you mean 'execute'"):
        value.exectue  # noqa: B018
    assert asyncio.run(value.execute("q")) is value.execute.return_value


@pytest.mark.parametrize("name", ["annotated", "size", "left", "right", "extra", "validated"])
def test_an_attribute_that_says_little_takes_anything(d: Any, name: str) -> None:
    assert getattr(d, name).some.thing() is getattr(d, name).some.thing.return_value
    setattr(d, name, 3)
    assert getattr(d, name) == 3


def test_a_property_can_be_set_and_belongs_to_one_double(d: Any) -> None:
    d.prop = "mine"
    assert d.prop == "mine"
    assert double(Everything).prop != "mine"


def test_what_is_annotated_none_returns_none(d: Any) -> None:
    assert d.nothing() is None


def test_what_is_annotated_with_a_class_returns_a_double_of_it(d: Any) -> None:
    assert isinstance(d.made(), Session)
    assert d.made() is d.made.return_value
    assert isinstance(asyncio.run(d.made_later()), Session)
    d.made().expunge(1)
    assert [name for name, *_ in d.mock_calls] == ["made", "made", "made_later", "made", "made().expunge"]


def test_what_returns_self_returns_the_double(d: Any) -> None:
    assert d.itself().itself() is d
    assert d.built(1) is d
    assert d.itself.call_count == 2
    d.itself.return_value = 4
    assert d.itself() == 4
    assert d.itself == d.itself


@pytest.mark.parametrize("name", ["generator", "promised_iterator"])
def test_a_generator_yields_what_it_was_told(name: str) -> None:
    class Streams:
        def generator(self) -> Iterator[int]:
            yield 1

        def promised_iterator(self) -> Iterator[int]: ...  # type: ignore[empty-body]

    stream = getattr(double(Streams), name)
    assert list(stream()) == []
    stream.return_value = [1, 2]
    assert list(stream()) == list(stream()) == [1, 2]
    assert stream.call_count == 3
    stream.side_effect = KeyError
    late = stream()
    with pytest.raises(KeyError):
        next(late)


@pytest.mark.parametrize("name", ["async_generator", "promised_stream", "awaited_stream"])
def test_an_async_generator_yields_what_it_was_told(d: Any, name: str) -> None:
    stream = getattr(d, name)
    args = (1,) if name == "async_generator" else ()

    async def gathered() -> list[int]:
        made = stream(*args)
        return [item async for item in (await made if name == "awaited_stream" else made)]

    assert asyncio.run(gathered()) == []
    stream.return_value = [1, 2]
    assert asyncio.run(gathered()) == [1, 2]
    stream.side_effect = KeyError
    with pytest.raises(KeyError):
        asyncio.run(gathered())


def test_an_annotated_awaitable_is_awaited(d: Any) -> None:
    d.awaitable.return_value = 3
    assert asyncio.run(d.awaitable()) == 3


def test_context_managers_made_by_contextlib_are_entered(d: Any) -> None:
    d.manager.return_value.__enter__.return_value = 1
    d.async_manager.return_value.__aenter__.return_value = 2

    async def inside() -> Any:
        with d.manager(1) as a:
            async with d.async_manager(1) as b:
                return a, b

    assert asyncio.run(inside()) == (1, 2)


def test_members_of_ancestors_count_and_the_nearest_wins(d: Any) -> None:
    d.inherited(1)
    d.overridden(1)
    assert isinstance(d, Ancestor)


def test_star_arguments_take_anything(d: Any) -> None:
    d.anything(1, 2, 3, a=1)
    d.anything.assert_called_once_with(1, 2, 3, a=1)


def test_an_unknown_member_is_refused_with_the_nearest(d: Any) -> None:
    with pytest.raises(AttributeError, match=r"Everything has no attribute 'corutine'; did you mean 'coroutine'?"):
        d.corutine  # noqa: B018
    with pytest.raises(AttributeError, match=r"no attribute 'sesion'; did you mean 'session'.; only what the spec has"):
        d.sesion = 1


class Commands:
    def get(self, key: str) -> bytes | Awaitable[bytes | None] | None: ...


class AsyncClient(Commands):
    async def __aenter__(self) -> Self:
        return self


def test_what_may_be_awaited_is_awaited_in_an_async_class_only() -> None:
    assert inspect.iscoroutinefunction(double(AsyncClient).get)
    assert not inspect.iscoroutinefunction(double(Commands).get)


def test_an_annotated_value_is_no_class_to_double() -> None:
    class Row:
        made: datetime
        colour: Colour
        settings: Settings

    d = double(Row)
    assert not isinstance(d.made, datetime)
    assert not isinstance(d.colour, Colour)
    d.settings.anything.at.all()


def test_an_annotated_exception_is_returned_not_raised() -> None:
    assert isinstance(double(Judge).verdict(), Guilty)


def test_a_constant_container_may_hold_what_cannot_be_copied() -> None:
    lock = threading.Lock()

    class Guarded:
        locks: ClassVar[dict[str, Any]] = {"a": [lock]}

    d = double(Guarded)
    assert d.locks["a"][0] is lock
    d.locks["a"].clear()
    assert Guarded.locks == {"a": [lock]}


def test_what_init_sets_is_what_it_assigns_to_itself() -> None:
    class Odd:
        def __init__(self, other: Any, /) -> None:
            self.kept: int = 1
            (self.first, [self.second]) = 1, [2]
            other.stranger = 1
            self.stranger.deeper = 2  # type: ignore[attr-defined]

    assert [name for name in dir(double(Odd)) if name in ["kept", "first", "second", "stranger", "deeper"]] == [
        "first",
        "kept",
        "second",
    ]


def test_an_instance_that_cannot_be_hashed_is_a_spec() -> None:
    @dataclass
    class Order:
        lines: list[int]

    d = double(Order([1]))
    assert isinstance(d, Order)
    assert d.lines == [1]


def test_a_refusal_is_not_chained_to_inner_errors() -> None:
    with pytest.raises(TypeError) as caught:
        double("Session")
    assert caught.value.__context__ is None


class Speaks(Protocol):
    name: str

    async def say(self, word: str, *, loud: bool = False) -> None: ...
    def words(self) -> AsyncIterator[str]: ...
    @overload
    def pick(self, which: int) -> str: ...
    @overload
    def pick(self, which: str, default: str) -> str: ...
    @property
    def pitch(self) -> float: ...


def test_a_protocol_is_a_spec() -> None:
    d = double(Speaks)
    asyncio.run(d.say("a", loud=True))
    d.say.assert_awaited_once_with("a", loud=True)
    d.name = "Ann"
    assert d.name == "Ann"


def test_overloads_without_an_implementation_accept_what_any_of_them_accepts() -> None:
    d = double(Speaks)
    d.pick(1)
    d.pick("a", "b")
    with pytest.raises(TypeError, match=r"pick\(which: 'int'\) -> 'str' or .*pick\(which: 'str', default: 'str'\)"):
        d.pick(1, 2, 3)


@runtime_checkable
class Closes(Protocol):
    def close(self) -> None: ...


def test_isinstance_holds_for_a_runtime_protocol_and_an_abstract_class() -> None:
    class Abstract(ABC):
        @abstractmethod
        def run(self, x: int) -> int: ...

    assert isinstance(double(Closes), Closes)
    assert isinstance(double(Abstract), Abstract)
    with pytest.raises(TypeError):
        double(Abstract).run()


class Box(Generic[T]):
    content: T

    def put(self, item: T) -> None: ...


def test_a_generic_alias_is_a_spec() -> None:
    d = double(Box[int])
    assert isinstance(d, Box)
    d.put(1)
    with pytest.raises(TypeError):
        d.put()


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)

    def moved(self, by: int) -> Point: ...  # type: ignore[empty-body]


def test_the_fields_of_a_dataclass_are_attributes() -> None:
    d = double(Point)
    assert d.y == 2
    assert d.x is d.x
    assert isinstance(d.moved(1), Point)
    assert {"x", "y", "tags"} <= set(dir(d))
    assert double(Point, x=5).x == 5


class Pair(NamedTuple):
    left: int
    right: str


def test_the_fields_of_a_named_tuple_are_attributes() -> None:
    assert double(Pair, left=3).left == 3


def test_members_of_a_slotted_class_are_attributes() -> None:
    class Slotted:
        __slots__ = ("a", "b")

    d = double(Slotted, a=1)
    assert d.a == 1
    assert d.b.anything() is d.b.anything()


def test_an_instance_is_a_spec_with_what_it_holds() -> None:
    real = Everything(Session(), 3)
    real.late = Session()  # type: ignore[attr-defined]
    real.hook = lambda x: x  # type: ignore[attr-defined]
    d = double(real)
    assert isinstance(d, Everything)
    assert d.size == 3
    assert isinstance(d.late, Session)
    with pytest.raises(TypeError):
        d.hook()
    with pytest.raises(TypeError):
        d.sync()


def test_a_function_is_a_spec() -> None:
    async def load(ident: int, *, deep: bool = False) -> str: ...  # type: ignore[empty-body]

    d = double(load, return_value="row")
    assert asyncio.run(d(1, deep=True)) == "row"
    d.assert_awaited_once_with(1, deep=True)
    with pytest.raises(TypeError, match=r"load\(ident: 'int', \*, deep: 'bool' = False\)"):
        d()


def test_a_partial_is_a_spec() -> None:
    d = double(functools.partial(free, 1), return_value=3)
    assert d(2) == 3
    with pytest.raises(TypeError):
        d(1, 2)


def test_code_written_in_c_is_checked_where_it_tells_its_signature() -> None:
    d = double(bytearray)
    with pytest.raises(TypeError):
        d.append()
    d.append(1)
    d.append.assert_called_once_with(1)
    assert isinstance(double(dict), dict)
    double(dict).update(1, 2, 3, a=4)


class Bag:
    def __iter__(self): ...
    def __reversed__(self): ...
    def __aiter__(self): ...


def test_what_can_be_iterated_is_iterated() -> None:
    async def gathered(stream: Any) -> list[int]:
        return [item async for item in stream]

    d = double(Bag)
    assert (list(d), list(reversed(d)), asyncio.run(gathered(d))) == ([], [], [])
    d.__iter__.return_value = [1]
    d.__reversed__.return_value = [2]
    d.__aiter__.return_value = [3]
    assert (list(d), list(reversed(d)), asyncio.run(gathered(d))) == ([1], [2], [3])


class Walks:
    def __iter__(self) -> Self:
        return self

    def __next__(self) -> int:
        raise StopIteration

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> int:
        raise StopAsyncIteration

    def __await__(self) -> typing.Generator[None, None, int]:
        yield


def test_an_iterator_walks_what_next_was_told() -> None:
    d = double(Walks)
    assert list(d) == []
    assert iter(d) is d
    d.__next__.side_effect = [1, 2]
    assert list(d) == [1, 2]


def test_an_async_iterator_walks_what_anext_was_told() -> None:
    async def gathered(stream: Any) -> list[int]:
        return [item async for item in stream]

    d = double(Walks)
    assert asyncio.run(gathered(d)) == []
    d.__anext__.side_effect = [1, 2]
    assert asyncio.run(gathered(d)) == [1, 2]


def test_an_awaitable_object_is_awaited() -> None:
    async def main(d: Any) -> int:
        return await d  # type: ignore[no-any-return]

    d = double(Walks)
    d.__await__.return_value = 4
    assert asyncio.run(main(d)) == 4


@pytest.mark.parametrize(
    "spec", [None, 3, "agent:Agent", ["x"], asyncio, Any, pytest.param(object(), id="object"), int | str], ids=str
)
def test_what_cannot_be_doubled_is_refused_with_what_can(spec: Any) -> None:
    with pytest.raises(TypeError, match="a spec is a class, a Protocol, a function or an instance of a class, not"):
        double(spec)


def test_a_double_is_no_spec() -> None:
    with pytest.raises(TypeError, match="is a double already; name the class it stands for"):
        double(double(Session))
    with pytest.raises(TypeError, match="is a double already"):
        double(double(Session).execute)
