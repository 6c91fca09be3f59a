from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from agent_backend.context import (
    ContextIsolationError,
    InvalidContextError,
    Kind,
    Permission,
    Principal,
    Scope,
    UnifiedIDManager,
    UserExecutionContext,
)

Make = Callable[..., UserExecutionContext]


@pytest.mark.parametrize("field", ["tenant_id", "user_id", "thread_id", "run_id", "request_id", "connection_id"])
@pytest.mark.parametrize(
    "bad", ["", " ", "test", "placeholder", "None", "0", 7, "use_01a1fcae7e2477d6809bbd58925915d0"]
)
def test_a_context_refuses_a_blank_a_placeholder_and_an_id_of_another_kind(
    new_context: Make, field: str, bad: Any
) -> None:
    with pytest.raises(InvalidContextError, match=f"UserExecutionContext.{field}"):
        new_context(**{field: bad})


def test_a_context_cannot_be_changed(new_context: Make) -> None:
    context = new_context(metadata={"nested": {"list": [1]}})
    with pytest.raises(FrozenInstanceError):
        context.user_id = "usr"  # type: ignore[misc]
    with pytest.raises(TypeError):
        context.metadata["key"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        context.metadata["nested"]["key"] = 1


def test_a_context_shares_no_metadata_with_its_maker(new_context: Make) -> None:
    metadata = {"nested": {"list": [1]}}
    context = new_context(metadata=metadata)
    metadata["nested"]["list"].append(2)
    assert context.metadata == {"nested": {"list": (1,)}}


def test_a_context_knows_its_principal(new_context: Make) -> None:
    context = new_context()
    assert context.principal == Principal(context.tenant_id, context.user_id)


def test_a_principal_refuses_a_thread_id_for_a_user_id(ids: UnifiedIDManager) -> None:
    with pytest.raises(InvalidContextError, match=r"Principal\.user_id"):
        Principal(ids.new(Kind.TENANT), ids.new(Kind.THREAD))


def test_only_the_socket_may_be_missing(new_context: Make) -> None:
    assert new_context(connection_id=None).connection_id is None
    for field in ("tenant_id", "user_id", "thread_id", "run_id", "request_id"):
        with pytest.raises(InvalidContextError, match=f"UserExecutionContext.{field}"):
            new_context(**{field: None})


@pytest.mark.parametrize("key", ["user_id", "tenant_id", "run_id", "correlation_id", "permissions", "parent"])
def test_a_reserved_key_is_refused_by_name(new_context: Make, key: str) -> None:
    with pytest.raises(InvalidContextError, match=f"metadata: {key} cannot be used"):
        new_context(metadata={key: "anything"})


@pytest.mark.parametrize("kind", [Kind.USER, Kind.TENANT])
@pytest.mark.parametrize(
    "hide",
    [
        lambda text: text,
        lambda text: {"deep": [{"er": text}]},
        lambda text: {text: 1},
        lambda text: {"set": {text}},
        lambda text: (0, text),
    ],
)
def test_the_id_of_another_is_found_wherever_it_hides_and_is_not_repeated(
    new_context: Make, ids: UnifiedIDManager, kind: Kind, hide: Callable[[str], Any]
) -> None:
    foreign = ids.new(kind)
    with pytest.raises(ContextIsolationError, match=r"^metadata\.note") as refused:
        new_context(metadata={"note": hide(foreign)})
    assert foreign not in str(refused.value)


def test_a_nested_owner_must_be_the_own_one(new_context: Make) -> None:
    context = new_context()
    own = {"row": {"user_id": context.user_id, "tenant_id": context.tenant_id}, "thread": context.thread_id}
    same = {name: getattr(context, name) for name in ("tenant_id", "user_id", "thread_id", "run_id", "request_id")}
    assert UserExecutionContext(**same, metadata=own).metadata == own
    for stranger in ("42", None, {"id": 1}):
        with pytest.raises(ContextIsolationError, match=r"metadata\.row\.user_id"):
            new_context(metadata={"row": {"user_id": stranger}})


def test_metadata_without_end_or_measure_is_refused(new_context: Make) -> None:
    endless: list[Any] = []
    endless += [endless, endless]
    with pytest.raises(InvalidContextError, match="more than 10000 values, or goes deeper"):
        new_context(metadata={"endless": endless})
    with pytest.raises(InvalidContextError, match="more than 10000 values"):
        new_context(metadata={"much": [0] * 10_001})


def test_a_child_is_of_the_same_run_one_level_deeper(new_context: Make, ids: UnifiedIDManager) -> None:
    context = new_context(metadata={"a": [1]}, permissions=frozenset({Permission.CHAT}))
    child = context.child(ids.new(Kind.REQUEST), b=2)
    assert (child.tenant_id, child.user_id, child.thread_id, child.run_id, child.connection_id) == (
        context.tenant_id,
        context.user_id,
        context.thread_id,
        context.run_id,
        context.connection_id,
    )
    assert (child.depth, child.parent, child.metadata) == (1, context, {"a": (1,), "b": 2})
    assert child.correlation_id == context.correlation_id == context.request_id != child.request_id
    assert child.principal.may(Permission.CHAT)
    assert not child.principal.may(Permission.OPERATE)


def test_a_context_has_ten_ancestors_at_most(new_context: Make, ids: UnifiedIDManager) -> None:
    context = new_context()
    for _ in range(10):
        context = context.child(ids.new(Kind.REQUEST))
    assert context.depth == 10
    with pytest.raises(InvalidContextError, match="at most 10 ancestors"):
        context.child(ids.new(Kind.REQUEST))


@pytest.mark.parametrize("field", ["tenant_id", "user_id", "thread_id", "run_id"])
def test_a_context_cannot_be_put_below_that_of_another(new_context: Make, ids: UnifiedIDManager, field: str) -> None:
    parent = new_context()
    names = ("tenant_id", "user_id", "thread_id", "run_id")
    same = {name: getattr(parent, name) for name in names} | {"request_id": ids.new(Kind.REQUEST)}
    assert UserExecutionContext(**same, parent=parent, depth=1).parent is parent
    foreign = same | {field: getattr(new_context(), field)}
    with pytest.raises(ContextIsolationError, match=field):
        UserExecutionContext(**foreign, parent=parent, depth=1)
    for wrong in ({"depth": 0}, {"depth": 2}, {"depth": 1, "request_id": parent.request_id}):
        with pytest.raises(InvalidContextError):
            UserExecutionContext(**same | {"parent": parent} | wrong)
    with pytest.raises(ContextIsolationError, match="permissions"):
        UserExecutionContext(**same, parent=parent, depth=1, permissions=frozenset({Permission.CHAT}))


def test_a_scoped_key_cannot_be_made_from_outside_of_its_scope(new_context: Make) -> None:
    context, other = new_context(), new_context()
    assert context.scoped_key("cache", "a:b") == f"tenant:{context.tenant_id}:user:{context.user_id}:cache:a%3Ab"
    assert context.scoped_key("x", scope=Scope.RUN).endswith(f"thread:{context.thread_id}:run:{context.run_id}:x")
    keys = {each.scoped_key(*parts) for each in (context, other) for parts in (("a", "b"), ("a:b",), ("a%3Ab",))}
    assert len(keys) == 6
    for parts in ((), ("",), ("a", "")):
        with pytest.raises(InvalidContextError, match="at least one part"):
            context.scoped_key(*parts)


def test_the_trail_is_shared_by_a_context_and_its_children(
    new_context: Make, ids: UnifiedIDManager, clock: Any
) -> None:
    context = new_context()
    child = context.child(ids.new(Kind.REQUEST))
    context.note("asked", clock.now(), tokens=7)
    child.note("looked up", clock.now())
    assert [(entry.action, entry.depth, entry.request_id) for entry in context.trail] == [
        ("asked", 0, context.request_id),
        ("looked up", 1, child.request_id),
    ]
    with pytest.raises(ContextIsolationError):
        child.note("leaked", clock.now(), whose=ids.new(Kind.USER))
    assert len(context.trail) == 2


def test_a_trail_keeps_the_latest_and_counts_what_it_dropped(new_context: Make, clock: Any) -> None:
    context = new_context()
    for number in range(1003):
        context.note(str(number), clock.now())
    assert (len(context.trail), context.trail.dropped, next(iter(context.trail)).action) == (1000, 3, "3")


@pytest.mark.asyncio
async def test_cleanups_run_once_the_latest_first_those_of_children_in_their_place(
    new_context: Make, ids: UnifiedIDManager
) -> None:
    done: list[str] = []
    context = new_context()
    context.add_cleanup(lambda: done.append("first"))
    child = context.child(ids.new(Kind.REQUEST))

    async def of_child() -> None:
        done.append("child's")

    child.add_cleanup(of_child)
    context.add_cleanup(lambda: done.append("last"))
    await context.cleanup()
    await context.cleanup()
    await child.cleanup()
    assert done == ["last", "child's", "first"]
    with pytest.raises(RuntimeError, match="cleaned up already"):
        child.add_cleanup(lambda: None)


@pytest.mark.asyncio
async def test_a_cleanup_that_fails_or_is_cancelled_holds_up_no_other(new_context: Make) -> None:
    done: list[str] = []

    def fail() -> None:
        raise OSError("disk")

    async def be_cancelled() -> None:
        raise asyncio.CancelledError

    context = new_context()
    for cleanup in (lambda: done.append("first"), fail, fail):
        context.add_cleanup(cleanup)
    with pytest.raises(ExceptionGroup) as failed:
        await context.cleanup()
    assert [type(error) for error in failed.value.exceptions] == [OSError, OSError]
    other = new_context()
    for cleanup in (lambda: done.append("second"), be_cancelled):
        other.add_cleanup(cleanup)
    with pytest.raises(asyncio.CancelledError):
        await other.cleanup()
    assert done == ["first", "second"]
