from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from agent_backend.context import InvalidContextError, Kind, Principal, UnifiedIDManager, UserExecutionContext


@pytest.mark.parametrize("field", ["tenant_id", "user_id", "thread_id", "run_id", "request_id", "connection_id"])
@pytest.mark.parametrize(
    "bad", ["", " ", "test", "placeholder", "None", None, 7, "use_01a1fcae7e2477d6809bbd58925915d0"]
)
def test_a_context_refuses_a_blank_a_placeholder_and_an_id_of_another_kind(
    new_context: Callable[..., UserExecutionContext], field: str, bad: Any
) -> None:
    with pytest.raises(InvalidContextError, match=f"UserExecutionContext.{field}"):
        new_context(**{field: bad})


def test_a_context_cannot_be_changed(new_context: Callable[..., UserExecutionContext]) -> None:
    context = new_context(metadata={"nested": {"list": [1]}})
    with pytest.raises(FrozenInstanceError):
        context.user_id = "usr"  # type: ignore[misc]
    with pytest.raises(TypeError):
        context.metadata["key"] = 1  # type: ignore[index]


def test_a_context_shares_no_metadata_with_its_maker(new_context: Callable[..., UserExecutionContext]) -> None:
    metadata = {"nested": {"list": [1]}}
    context = new_context(metadata=metadata)
    metadata["nested"]["list"].append(2)
    assert context.metadata == {"nested": {"list": [1]}}


def test_a_context_knows_its_principal(new_context: Callable[..., UserExecutionContext]) -> None:
    context = new_context()
    assert context.principal == Principal(context.tenant_id, context.user_id)


def test_a_principal_refuses_a_thread_id_for_a_user_id(ids: UnifiedIDManager) -> None:
    with pytest.raises(InvalidContextError, match=r"Principal\.user_id"):
        Principal(ids.new(Kind.TENANT), ids.new(Kind.THREAD))
