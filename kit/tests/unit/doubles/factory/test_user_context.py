"""The user context is real and frozen, and yet it is spied and takes what a test hangs on it."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from goldenpath.doubles import SSotMockFactory
from goldenpath.doubles.kinds.user_context import UserContext


class InvalidContextError(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class Strict:
    """As strict as real ones are: slots, a validation, a private copy, methods of its own."""

    tenant_id: str
    user_id: str
    thread_id: str
    run_id: str
    request_id: str
    connection_id: str = "con-default"
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.user_id.strip():
            raise InvalidContextError("user_id is blank")
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    @property
    def scope(self) -> str:
        return f"{self.tenant_id}/{self.user_id}"

    def child(self) -> Strict:
        return replace(self, request_id=f"{self.request_id}.1")


class Stateful:
    """A context that is frozen by hand and keeps state of its own."""

    def __init__(self, user_id: str, thread_id: str, run_id: str) -> None:
        vars(self).update(user_id=user_id, thread_id=thread_id, run_id=run_id, _state={"born": "here"})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} is frozen")

    def get_state(self, key: str) -> Any:
        return vars(self)["_state"].get(key)

    def set_state(self, key: str, value: Any) -> None:
        vars(self)["_state"][key] = value


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)
    user_id: str
    thread_id: str
    run_id: str


class Needy(NamedTuple):
    user_id: str
    clearance: int


@pytest.fixture
def context(factory: SSotMockFactory) -> Any:
    return factory.create_mock_user_context("ada", "t1", "r1", "q1", "ws-1", "c1")


def bound(factory: SSotMockFactory, cls: type, **parameters: Any) -> Any:
    return SSotMockFactory(interfaces={"user_context": cls}).create_mock_user_context(**parameters)


def test_it_is_a_real_context_of_the_ids_it_was_given(context: Any) -> None:
    assert isinstance(context, UserContext)
    assert asdict(context) | {"created_at": None} == {
        "user_id": "ada",
        "thread_id": "t1",
        "run_id": "r1",
        "request_id": "q1",
        "websocket_client_id": "ws-1",
        "connection_id": "c1",
        "tenant": None,
        "created_at": None,
    }


def test_it_has_new_ids_where_none_were_given(factory: SSotMockFactory) -> None:
    one, two = factory.create_mock_user_context(), factory.create_mock_user_context()
    assert (one.user_id, one.thread_id) == ("test_user", "test_thread")
    assert len({one.run_id, two.run_id, one.request_id, two.request_id}) == 4
    assert SSotMockFactory(new_id=lambda name: f"my {name}").create_mock_user_context().run_id == "my run_id"


def test_its_fields_stay_frozen(context: Any) -> None:
    for name in ("user_id", "run_id", "created_at"):
        with pytest.raises(FrozenInstanceError):
            setattr(context, name, "changed")
        with pytest.raises(FrozenInstanceError):
            delattr(context, name)
    assert context.user_id == "ada"


def test_it_takes_free_attributes_and_knows_no_others(context: Any) -> None:
    context.note = "hung on"
    assert context.note == "hung on"
    del context.note
    with pytest.raises(AttributeError, match="note"):
        _ = context.note


def test_its_state_works_and_is_spied(context: Any) -> None:
    context.set_state("key", 1)
    assert context.get_state("key") == 1
    assert context.get_state("nothing", "default") == "default"
    context.set_state.assert_called_once_with("key", 1)
    assert context.get_state.call_count == 2
    context.get_state.return_value = "scripted"
    assert context.get_state("key") == "scripted"
    with pytest.raises(TypeError):
        context.set_state("key")


def test_it_equals_and_hashes_as_the_real_one_does(context: Any) -> None:
    real = UserContext("ada", "t1", "r1", "q1", "ws-1", "c1")
    assert context == real
    assert real == context
    assert hash(context) == hash(real)
    assert context.__class__ is UserContext
    assert repr(context).startswith("UserContext(user_id='ada'")


def test_what_is_derived_from_it_is_plain_and_real(context: Any) -> None:
    derived = replace(context, run_id="r2")
    assert type(derived) is UserContext
    assert (derived.user_id, derived.run_id) == ("ada", "r2")
    context.note = "hung on"
    context.set_state("key", "the original's")
    copied = copy.copy(context)
    assert (copied, copied.note) == (context, "hung on")
    copied.set_state("key", "the copy's")
    assert context.get_state("key") == "the original's"
    assert copied.get_state("key") == "the copy's"


def test_it_is_freed_without_the_collector(factory: SSotMockFactory) -> None:
    gc.collect()
    gc.disable()
    try:
        for cls in (None, Stateful):
            context = bound(factory, cls) if cls else factory.create_mock_user_context()
            context.set_state("key", context.run_id)
            gone = weakref.ref(context)
            del context
            assert gone() is None
    finally:
        gc.enable()


def test_a_bound_class_is_really_built_validated_and_frozen(factory: SSotMockFactory) -> None:
    context = bound(factory, Strict, user_id="ada", tenant="acme", websocket_client_id="ws-1", metadata={"a": 1})
    assert isinstance(context, Strict)
    assert (context.scope, context.tenant_id, context.connection_id) == ("acme/ada", "acme", "con-default")
    assert context.websocket_client_id == "ws-1"
    assert context.metadata == {"a": 1}
    with pytest.raises(FrozenInstanceError):
        context.user_id = "bob"
    context.note = "free"
    assert (context.note, type(context.child())) == ("free", Strict)
    context.set_state("key", 1)
    assert context.get_state("key") == 1
    context.set_state.assert_called_once_with("key", 1)
    with pytest.raises(InvalidContextError, match="user_id is blank"):
        bound(factory, Strict, user_id=" ")


def test_a_bound_class_with_state_of_its_own_keeps_it_under_the_spies(factory: SSotMockFactory) -> None:
    context = bound(factory, Stateful, user_id="ada")
    context.set_state("key", 1)
    assert (context.get_state("born"), context.get_state("key")) == ("here", 1)
    context.set_state.assert_called_once_with("key", value=1)
    with pytest.raises(TypeError):
        context.get_state("key", "its get_state takes no default")
    with pytest.raises(AttributeError, match="user_id is frozen"):
        context.user_id = "bob"
    context.note = "free"
    assert context.note == "free"


def test_a_context_with_one_slot_written_bare_stays_frozen(factory: SSotMockFactory) -> None:
    class Bare:
        __slots__ = "user_id"

        def __init__(self, user_id: str) -> None:
            object.__setattr__(self, "user_id", user_id)

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(f"{name} is frozen")

    context = bound(factory, Bare, user_id="ada")
    with pytest.raises(AttributeError, match="user_id is frozen"):
        context.user_id = "bob"
    context.u = "free"
    assert (context.user_id, context.u) == ("ada", "free")


def test_a_bound_pydantic_model_stays_frozen_and_validated(factory: SSotMockFactory) -> None:
    context = bound(factory, Model, user_id="ada")
    assert isinstance(context, Model)
    with pytest.raises(ValidationError, match="frozen"):
        context.user_id = "bob"
    context.note = "free"
    assert context.note == "free"
    assert set(context.model_dump()) == {"user_id", "thread_id", "run_id"}
    context.set_state("key", 1)
    assert context.get_state("key") == 1


def test_a_field_nobody_knows_is_asked_for_and_an_unknown_one_refused(factory: SSotMockFactory) -> None:
    with pytest.raises(TypeError, match=r"Needy also needs clearance: .*create_mock_user_context\(clearance=…\)"):
        bound(factory, Needy)
    with pytest.raises(TypeError, match="UserContext has no field colour"):
        factory.create_mock_user_context(colour="red")
