# goldenpath: ignore-file[GP103] reason="compares doubles with unittest.mock itself" until=2027-11-30
"""What unittest.mock documents of Mock, AsyncMock and create_autospec, row by row: the same here, or different and why.

Each row runs one scenario on the mock and on the double and compares what came out: a value, or the type of error.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest.mock import ANY, DEFAULT, AsyncMock, MagicMock, Mock, call, create_autospec, sentinel

import pytest

from goldenpath.doubles import double


class Service:
    """Has a member of every common kind."""

    limit = 3

    def __init__(self, url: str) -> None:
        self.url = url

    def sync(self, a: Any, b: Any = 2, *, key: Any = None): ...
    async def fetch(self, *args: Any, **kwargs: Any): ...
    async def load(self, ident: int): ...
    def anything(self, *args: Any, **kwargs: Any): ...

    @staticmethod
    def static(x: Any): ...

    @classmethod
    def build(cls, x: Any): ...

    @property
    def title(self): ...

    def __call__(self, x: Any): ...
    def __len__(self) -> int: ...  # type: ignore[empty-body]
    def __getitem__(self, key: Any): ...
    def __iter__(self): ...
    def __contains__(self, item: Any) -> bool: ...  # type: ignore[empty-body]
    def __enter__(self): ...
    def __exit__(self, *args: Any): ...
    async def __aenter__(self): ...
    async def __aexit__(self, *args: Any): ...


class Mocked(NamedTuple):
    """The three things scenarios are run on."""

    service: Any
    loose: Any
    awaited: Any


def mocks() -> Mocked:
    return Mocked(create_autospec(Service, instance=True), MagicMock(), AsyncMock())


def doubles() -> Mocked:
    return Mocked(double(Service), double(Service).anything.return_value, double(Service).fetch)


class Row(NamedTuple):
    behaviour: str
    scenario: Callable[[Mocked], Any]
    differs: str = ""
    """Why the double does otherwise; empty where it does the same."""


def after(*steps: Any) -> Any:
    """The last of some steps, so that a scenario fits into a lambda."""
    return steps[-1]


def put(target: Any, **attributes: Any) -> Any:
    """Set attributes and hand the target back."""
    for name, value in attributes.items():
        setattr(target, name, value)
    return target


def error_of(act: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """What a failing step raised."""
    try:
        act(*args, **kwargs)
    except BaseException as error:
        return type(error).__name__
    return "nothing"


def message_of(act: Callable[..., Any], *args: Any) -> str:
    """What a failing step said."""
    try:
        act(*args)
    except Exception as error:
        return str(error)
    return "nothing"


def run(work: Any) -> Any:
    async def main() -> Any:
        return await work

    return asyncio.run(main())


def runs(*works: Any) -> Any:
    """Await one after the other; the last result."""
    return [run(work) for work in works][-1]


def called(target: Any, *calls: tuple[Any, ...]) -> Any:
    for args in calls:
        target(*args)
    return target


def inside(manager: Any) -> Any:
    with manager as held:
        return held


async def inside_async(manager: Any) -> Any:
    async with manager as held:
        return held


async def gathered(stream: Any) -> list[Any]:
    return [item async for item in stream]


def mutated(record: Any) -> Any:
    """Call with a list, then change the list."""
    items: list[int] = []
    record(items)
    items.append(1)
    return record.call_args


def setting(name: str, value: Any) -> Callable[[Mocked], Any]:
    return lambda m: setattr(m.service, name, value)


SAME = [
    # Calls and what they return
    Row("a call returns the return value", lambda m: put(m.loose, return_value=3)()),
    Row("the default return value is always the same object", lambda m: m.loose() is m.loose()),
    Row("... and is the attribute return_value", lambda m: m.loose() is m.loose.return_value),
    Row("attributes are created on touch and stay", lambda m: m.loose.a.b is m.loose.a.b),
    Row(
        "chained calls are configured through return_value",
        lambda m: after(
            setattr(m.loose.connect.return_value.cursor.return_value, "fetchall", Mock(return_value=[1])),
            m.loose.connect().cursor().fetchall(),
        ),
    ),
    Row(
        "return_value of a deep chain",
        lambda m: after(
            setattr(m.service.anything.return_value.all, "return_value", [1, 2]), m.service.anything().all()
        ),
    ),
    # side_effect
    Row("side_effect raises an exception class", lambda m: put(m.loose, side_effect=KeyError)()),
    Row("side_effect raises an exception instance", lambda m: put(m.loose, side_effect=KeyError("no"))()),
    Row(
        "side_effect calls a function with the arguments",
        lambda m: put(m.loose, side_effect=lambda a, b: a + b)(1, b=2),
    ),
    Row("side_effect walks an iterable", lambda m: [put(m.loose, side_effect=[1, 2, 3])(), m.loose(), m.loose()]),
    Row("an exhausted side_effect raises StopIteration", lambda m: called(put(m.loose, side_effect=[1]), (), ())),
    Row("exceptions in an iterable are raised", lambda m: called(put(m.loose, side_effect=[1, KeyError]), (), ())),
    Row(
        "side_effect=None is no side effect",
        lambda m: put(put(m.loose, side_effect=KeyError, return_value=1), side_effect=None)(),
    ),
    Row("side_effect is None by default", lambda m: m.loose.side_effect),
    Row(
        "a function that returns DEFAULT leaves the answer to return_value",
        lambda m: put(m.loose, return_value=5, side_effect=lambda: DEFAULT)(),
    ),
    Row(
        "DEFAULT in an iterable leaves the answer to return_value",
        lambda m: put(m.loose, return_value=5, side_effect=[DEFAULT])(),
    ),
    Row("side_effect wins over return_value", lambda m: put(m.loose, return_value=5, side_effect=[6])()),
    Row("side_effect can be read back", lambda m: put(m.loose, side_effect=len).side_effect is len),
    # Counting
    Row("called is False at first", lambda m: m.loose.called),
    Row("called is True after a call", lambda m: called(m.loose, ()).called),
    Row("call_count starts at 0", lambda m: m.loose.call_count),
    Row("call_count counts", lambda m: called(m.loose, (), (1,), (2,)).call_count),
    Row(
        "a raising call counts as well",
        lambda m: after(error_of(put(m.loose, side_effect=KeyError)), m.loose.call_count),
    ),
    Row("call_args is None at first", lambda m: m.loose.call_args),
    Row("call_args is the last call", lambda m: called(m.loose, (1,), (2,)).call_args == call(2)),
    Row("call_args compares with a tuple", lambda m: called(m.loose, (1, 2)).call_args == ((1, 2),)),
    Row("call_args.args", lambda m: called(m.loose, (1, 2)).call_args.args),
    Row("call_args.kwargs", lambda m: after(m.loose(a=1), m.loose.call_args.kwargs)),
    Row("call_args unpacks", lambda m: after(m.loose(1, a=2), list(m.loose.call_args))),
    Row("call_args prints as a call", lambda m: after(m.loose(1, a="x"), repr(m.loose.call_args))),
    Row("call_args_list", lambda m: called(m.loose, (1,), (2,)).call_args_list == [call(1), call(2)]),
    Row("call_args_list prints as a list of calls", lambda m: repr(called(m.loose, (1,), (2,)).call_args_list)),
    Row("ANY equals any argument", lambda m: called(m.loose, (1, "x")).call_args == call(ANY, "x")),
    Row("arguments are recorded by reference", lambda m: repr(mutated(m.loose))),
    Row("a sentinel is compared by identity", lambda m: called(m.loose, (sentinel.a,)).call_args == call(sentinel.b)),
    # mock_calls
    Row(
        "mock_calls holds the calls of attributes",
        lambda m: after(m.loose.a(1), m.loose.b.c(2), m.loose.mock_calls == [call.a(1), call.b.c(2)]),
    ),
    Row(
        "mock_calls holds calls of return values",
        lambda m: after(m.loose.a(1).b(2), m.loose.mock_calls == [call.a(1), call.a().b(2)]),
    ),
    Row(
        "call_list() spells a chain",
        lambda m: after(m.loose.a(1).b(2).c(3), m.loose.mock_calls == call.a(1).b(2).c(3).call_list()),
    ),
    Row(
        "mock_calls holds the thing's own calls",
        lambda m: after(m.loose(1), m.loose(2)(3), m.loose.mock_calls == [call(1), call(2), call()(3)]),
    ),
    Row(
        "method_calls holds calls of attributes only",
        lambda m: after(m.loose(), m.loose.a(1), m.loose.a().b(), m.loose.method_calls == [call.a(1), call.a()]),
    ),
    Row(
        "a child's mock_calls is seen from the child",
        lambda m: after(m.loose.a.b(1), m.loose.a.mock_calls == [call.b(1)]),
    ),
    Row(
        "a run of calls is `in` mock_calls",
        lambda m: after(m.loose.a(1), m.loose.b(2), m.loose.c(3), [call.b(2), call.c(3)] in m.loose.mock_calls),
    ),
    Row(
        "the order of calls across methods is kept",
        lambda m: after(
            m.service.sync(1),
            m.service.static(2),
            m.service.sync(3),
            m.service.mock_calls == [call.sync(1), call.static(2), call.sync(3)],
        ),
    ),
    Row("special methods are recorded", lambda m: after(m.service[1], m.service.mock_calls == [call.__getitem__(1)])),
    # Assertions that hold, and that fail
    *(
        Row(
            f"{name}{args} {'holds' if holds else 'fails'} after {calls}",
            lambda m, name=name, args=args, calls=calls: getattr(called(m.loose, *calls), name)(*args),
        )
        for name, args, calls, holds in [
            ("assert_called", (), [()], True),
            ("assert_called", (), [], False),
            ("assert_called_once", (), [()], True),
            ("assert_called_once", (), [], False),
            ("assert_called_once", (), [(), ()], False),
            ("assert_not_called", (), [], True),
            ("assert_not_called", (), [()], False),
            ("assert_called_with", (2,), [(1,), (2,)], True),
            ("assert_called_with", (1,), [(1,), (2,)], False),
            ("assert_called_with", (1,), [], False),
            ("assert_called_once_with", (1,), [(1,)], True),
            ("assert_called_once_with", (1,), [(1,), (1,)], False),
            ("assert_called_once_with", (2,), [(1,)], False),
            ("assert_any_call", (1,), [(1,), (2,)], True),
            ("assert_any_call", (3,), [(1,), (2,)], False),
            ("assert_has_calls", ([call(1), call(2)],), [(0,), (1,), (2,), (3,)], True),
            ("assert_has_calls", ([call(2), call(1)],), [(1,), (2,)], False),
            ("assert_has_calls", ([call(1), call(3)],), [(1,), (2,), (3,)], False),
            ("assert_has_calls", ([call(2), call(1)], True), [(1,), (2,)], True),
            ("assert_has_calls", ([call(1), call(1)], True), [(1,), (2,)], False),
            ("assert_has_calls", ([],), [], True),
            ("assert_called_with", (ANY,), [(1,)], True),
        ]
    ),
    Row(
        "assert_has_calls sees chained calls",
        lambda m: after(m.loose.a(1).b(2), m.loose.assert_has_calls([call.a(1), call.a().b(2)])),
    ),
    Row("assertions with keywords", lambda m: after(m.loose(1, key=2), m.loose.assert_called_once_with(1, key=2))),
    Row(
        "a failed assertion says what it expected",
        lambda m: message_of(called(m.service.sync, (1,)).assert_called_with, 2),
    ),
    Row(
        "a failed count says how many",
        lambda m: message_of(m.service.sync.assert_called_once),
    ),
    Row(
        "a failed assert_called says so",
        lambda m: message_of(m.service.sync.assert_called),
    ),
    Row(
        "a failed assert_not_called lists the calls",
        lambda m: message_of(called(m.loose.x, (1,)).assert_not_called).splitlines()[0],
    ),
    # Misspelt assertions
    *(
        Row(f"the misspelt {name} is refused", lambda m, name=name: getattr(m.loose, name))
        for name in ("assert_called_onc", "asert_called", "assret_called", "aseert_called", "assrt_called")
    ),
    Row("a method has no attribute nobody knows", lambda m: m.service.sync.nonsense),
    # reset_mock
    Row(
        "reset_mock forgets calls",
        lambda m: after(
            m.loose(1),
            m.loose.reset_mock(),
            (
                m.loose.called,
                m.loose.call_count,
                m.loose.call_args,
                m.loose.call_args_list == [],
                m.loose.mock_calls == [],
            ),
        ),
    ),
    Row(
        "reset_mock keeps the return value",
        lambda m: after(setattr(m.loose, "return_value", 4), m.loose.reset_mock(), m.loose()),
    ),
    Row(
        "reset_mock keeps the side effect",
        lambda m: after(setattr(m.loose, "side_effect", KeyError), m.loose.reset_mock(), m.loose()),
    ),
    Row(
        "reset_mock(side_effect=True)",
        lambda m: after(
            put(m.loose, side_effect=KeyError, return_value=1), m.loose.reset_mock(side_effect=True), m.loose()
        ),
    ),
    Row(
        "reset_mock(return_value=True)",
        lambda m: after(put(m.loose, return_value=1), m.loose.reset_mock(return_value=True), m.loose() == 1),
    ),
    Row("reset_mock reaches children", lambda m: after(m.loose.a(1), m.loose.reset_mock(), m.loose.a.call_count)),
    Row(
        "reset_mock reaches return values",
        lambda m: after(m.loose().a(1), m.loose.reset_mock(), m.loose.return_value.a.call_count),
    ),
    Row(
        "a child's reset leaves the parent's mock_calls",
        lambda m: after(
            m.loose.a(1), m.loose.a.reset_mock(), (m.loose.a.call_count, m.loose.mock_calls == [call.a(1)])
        ),
    ),
    # configure_mock, attributes
    Row(
        "configure_mock takes dotted names",
        lambda m: after(
            m.loose.configure_mock(**{"method.return_value": 3, "other.side_effect": KeyError}),
            (m.loose.method(), error_of(m.loose.other)),
        ),
    ),
    Row("attributes can be set", lambda m: put(m.loose, a=3).a),
    Row("attributes can be deleted", lambda m: after(m.loose.a, delattr(m.loose, "a"), hasattr(m.loose, "a"))),
    Row("deleting twice fails", lambda m: after(delattr(m.loose, "a"), delattr(m.loose, "a"))),
    # Magic methods
    Row("bool is True", lambda m: bool(m.loose)),
    Row("len is 0", lambda m: len(m.loose)),
    Row("int is 1", lambda m: int(m.loose)),
    Row("float is 1.0", lambda m: float(m.loose)),
    Row("iterating finds nothing", lambda m: list(m.loose)),
    Row("`in` is False", lambda m: 1 in m.loose),
    Row("items can be read", lambda m: m.loose["a"] is m.loose.__getitem__.return_value),
    Row("items can be set", lambda m: after(m.loose.__setitem__("a", 1), m.loose.__setitem__.call_count)),
    Row("special methods are configured", lambda m: after(setattr(m.loose.__len__, "return_value", 7), len(m.loose))),
    Row(
        "special methods are asserted on",
        lambda m: after(m.loose["k"], m.loose.__getitem__.assert_called_once_with("k")),
    ),
    Row("__iter__ takes a list", lambda m: after(setattr(m.loose.__iter__, "return_value", [1, 2]), list(m.loose))),
    Row("a context manager", lambda m: inside(m.loose) is m.loose.__enter__.return_value),
    Row("__exit__ does not swallow", lambda m: m.loose.__exit__(None, None, None)),
    Row("an async context manager", lambda m: run(inside_async(m.loose)) is m.loose.__aenter__.return_value),
    Row(
        "__aiter__ takes a list",
        lambda m: after(setattr(m.loose.__aiter__, "return_value", [1, 2]), run(gathered(m.loose))),
    ),
    Row("equality is identity", lambda m: (m.loose == m.loose, m.loose == m.loose.a)),
    Row("it is hashable", lambda m: len({m.loose, m.loose})),
    Row("a magic method that was not asked for stays unknown", lambda m: m.loose.__getnewargs__),
    # AsyncMock
    Row(
        "a call returns a coroutine",
        lambda m: after(work := m.awaited(), inspect.iscoroutine(work), run(work), inspect.iscoroutine(work)),
    ),
    Row("inspect sees a coroutine function", lambda m: inspect.iscoroutinefunction(m.awaited)),
    Row("awaiting gives the return value", lambda m: run(put(m.awaited, return_value=3)())),
    Row("awaiting raises the side effect", lambda m: run(put(m.awaited, side_effect=KeyError)())),
    Row("... not the call", lambda m: put(m.awaited, side_effect=KeyError)().close()),
    Row("awaiting calls a function", lambda m: run(put(m.awaited, side_effect=lambda a: a + 1)(1))),
    Row("awaiting awaits a coroutine function", lambda m: run(put(m.awaited, side_effect=answer)(4))),
    Row("awaiting walks an iterable", lambda m: [run(put(m.awaited, side_effect=[1, 2])()), run(m.awaited())]),
    Row(
        "an exhausted iterable raises StopAsyncIteration",
        lambda m: runs(put(m.awaited, side_effect=[1])(), m.awaited()),
    ),
    Row("exceptions in an async iterable are raised", lambda m: run(put(m.awaited, side_effect=[KeyError("no")])())),
    Row(
        "a call counts before it is awaited",
        lambda m: after(work := m.awaited(1), work.close(), (m.awaited.call_count, m.awaited.await_count)),
    ),
    Row("an await counts", lambda m: after(run(m.awaited(1)), (m.awaited.call_count, m.awaited.await_count))),
    Row("await_args", lambda m: after(run(m.awaited(1)), run(m.awaited(2)), m.awaited.await_args == call(2))),
    Row("await_args is None at first", lambda m: m.awaited.await_args),
    Row(
        "await_args_list",
        lambda m: after(run(m.awaited(1)), run(m.awaited(2)), m.awaited.await_args_list == [call(1), call(2)]),
    ),
    *(
        Row(
            f"{name}{args} {'holds' if holds else 'fails'} after awaiting {calls}",
            lambda m, name=name, args=args, calls=calls: after(
                *(run(m.awaited(*each)) for each in calls), getattr(m.awaited, name)(*args)
            ),
        )
        for name, args, calls, holds in [
            ("assert_awaited", (), [()], True),
            ("assert_awaited", (), [], False),
            ("assert_awaited_once", (), [()], True),
            ("assert_awaited_once", (), [(), ()], False),
            ("assert_not_awaited", (), [], True),
            ("assert_not_awaited", (), [()], False),
            ("assert_awaited_with", (2,), [(1,), (2,)], True),
            ("assert_awaited_with", (1,), [(1,), (2,)], False),
            ("assert_awaited_with", (1,), [], False),
            ("assert_awaited_once_with", (1,), [(1,)], True),
            ("assert_awaited_once_with", (1,), [(1,), (1,)], False),
            ("assert_any_await", (1,), [(1,), (2,)], True),
            ("assert_any_await", (3,), [(1,)], False),
            ("assert_has_awaits", ([call(1), call(2)],), [(1,), (2,)], True),
            ("assert_has_awaits", ([call(2), call(1)],), [(1,), (2,)], False),
            ("assert_has_awaits", ([call(2), call(1)], True), [(1,), (2,)], True),
        ]
    ),
    Row(
        "assert_awaited fails on what was only called", lambda m: after(m.awaited().close(), m.awaited.assert_awaited())
    ),
    Row(
        "reset_mock forgets awaits",
        lambda m: after(
            run(m.awaited()),
            m.awaited.reset_mock(),
            (m.awaited.await_count, m.awaited.await_args, m.awaited.await_args_list == []),
        ),
    ),
    # create_autospec
    Row("isinstance holds", lambda m: isinstance(m.service, Service)),
    Row("__class__ is the spec", lambda m: m.service.__class__ is Service),
    Row("a missing argument is refused", lambda m: m.service.sync()),
    Row("an extra argument is refused", lambda m: m.service.sync(1, 2, 3)),
    Row("an unknown keyword is refused", lambda m: m.service.sync(1, nope=2)),
    Row("an async method checks when it is called", lambda m: m.service.load()),
    Row("a static method has no receiver", lambda m: m.service.static(1) is m.service.static.return_value),
    Row("a static method is checked", lambda m: m.service.static()),
    Row("a class method has no receiver", lambda m: m.service.build(1) is m.service.build.return_value),
    Row("a refused call is not counted", lambda m: after(error_of(m.service.sync), m.service.sync.call_count)),
    Row("an unknown attribute is refused", lambda m: m.service.nonsense),
    Row(
        "an async method is awaitable",
        lambda m: after(setattr(m.service.load, "return_value", 3), run(m.service.load(1))),
    ),
    Row("a sync method is not", lambda m: inspect.isawaitable(m.service.sync(1))),
    Row("inspect.signature is the method's", lambda m: str(inspect.signature(m.service.sync))),
    Row(
        "positional and keyword spellings compare equal",
        lambda m: after(m.service.sync(1, b=3), m.service.sync.assert_called_with(a=1, b=3)),
    ),
    Row(
        "... in assert_has_calls too", lambda m: after(m.service.sync(1), m.service.sync.assert_has_calls([call(a=1)]))
    ),
    Row("... and from the parent", lambda m: after(m.service.sync(1), m.service.assert_has_calls([call.sync(a=1)]))),
    Row("call_args keeps the spelling", lambda m: after(m.service.sync(1), m.service.sync.call_args == call(a=1))),
    Row("a callable instance is callable", lambda m: m.service(1) is m.service.return_value),
    Row("... checked", lambda m: m.service()),
    Row("... counted", lambda m: after(m.service(1), m.service.call_count)),
    Row(
        "special methods of the spec work",
        lambda m: after(setattr(m.service.__len__, "return_value", 5), len(m.service)),
    ),
    Row("special methods the spec lacks do not", lambda m: m.service + 1),
    Row("dir() shows the spec", lambda m: {"sync", "load", "static", "title", "limit"} <= set(dir(m.service))),
    Row("a method can be replaced", lambda m: put(m.service, sync=lambda a: a * 2).sync(4)),
    Row("deleting a member removes it", lambda m: after(delattr(m.service, "sync"), m.service.sync)),
    Row(
        "method calls are seen by the parent",
        lambda m: after(m.service.sync(1, key=2), m.service.method_calls == [call.sync(1, key=2)]),
    ),
    Row(
        "await results come from return_value",
        lambda m: after(setattr(m.service.fetch, "return_value", sentinel.x), run(m.service.fetch()) is sentinel.x),
    ),
    Row("a method's attributes are not invented", lambda m: m.service.load.rows),
]

DIFFERENT = [
    Row("a class-level constant is itself", lambda m: m.service.limit == 3, "the real value is known, so it is shown"),
    Row("what __init__ sets exists", lambda m: hasattr(m.service, "url"), "read from the source of __init__"),
    Row(
        "an attribute the spec lacks cannot be set",
        setting("nonsense", 1),
        "spec_set is the default: a typo in a test is an error",
    ),
    Row("a spec's __enter__ returns the double", lambda m: inside(m.service) is m.service, "that is what classes do"),
    Row(
        "a spec's __aenter__ returns the double",
        lambda m: run(inside_async(m.service)) is m.service,
        "that is what classes do",
    ),
    Row("copying", lambda m: copy.copy(m.service.sync), "a copy would record into the void; it is refused"),
    Row("deep copying", lambda m: copy.deepcopy(m.service), "a copy would record into the void; it is refused"),
    Row(
        "call_count can be assigned",
        lambda m: put(m.loose, call_count=9).call_count,
        "counts are read from the record, never claimed",
    ),
    Row(
        "attach_mock",
        lambda m: m.loose.attach_mock(Mock(), "child") is None,
        "a child never points at its parent; set it as an attribute",
    ),
    Row(
        "a mock set as attribute reports to its new parent",
        lambda m: after(put(m.loose, child=Mock()).child(1), m.loose.mock_calls == [call.child(1)]),
        "a child never points at its parent",
    ),
    Row(
        "a wrong side_effect is refused at once",
        lambda m: setattr(m.loose, "side_effect", 5),
        "mock fails at the call, far from the mistake",
    ),
    Row(
        "the class of a double can be patched",
        lambda m: setattr(type(m.service), "title", 1),
        "all doubles of a spec share a class; set it on the double",
    ),
    Row(
        "a misspelt assertion on a method",
        lambda m: message_of(lambda: m.loose.assert_called_onc),
        "the message names the nearest",
    ),
    Row(
        "a wrong call",
        lambda m: message_of(lambda: m.service.sync()),
        "the message names the method and its signature",
    ),
    Row(
        "an unknown attribute",
        lambda m: message_of(lambda: m.service.snc),
        "the message names the nearest",
    ),
]


async def answer(value: int) -> int:
    return value * 10


def outcome(row: Row, subject: Mocked) -> object:
    """What a scenario came to, in a form that can be compared across the two."""
    try:
        value = row.scenario(subject)
    except BaseException as error:
        return f"raises {type(error).__name__}"
    return value if isinstance(value, (bool, int, float, str, list, tuple, dict, type(None))) else "some object"


@pytest.mark.parametrize("row", SAME, ids=lambda row: row.behaviour)
def test_what_unittest_mock_documents_holds_for_a_double(row: Row) -> None:
    assert outcome(row, doubles()) == outcome(row, mocks())


@pytest.mark.parametrize("row", DIFFERENT, ids=lambda row: row.behaviour)
def test_what_differs_from_unittest_mock_differs_for_a_reason(row: Row) -> None:
    assert row.differs
    assert outcome(row, doubles()) != outcome(row, mocks())


def test_no_behaviour_is_listed_twice() -> None:
    names = [row.behaviour for row in [*SAME, *DIFFERENT]]
    assert sorted(names) == sorted(set(names))
