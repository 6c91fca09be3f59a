# goldenpath: ignore-file[GP103] reason="shows what a hand-built mock lets pass" until=2027-11-30
"""The defects that hand-built mocks let in, planted one by one: every one is caught at the double."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any
from unittest.mock import AsyncMock

import pytest

import goldenpath
from goldenpath.doubles import SSotMockFactory, get_mock_factory
from goldenpath.doubles.factory import KINDS

MISUSES: dict[str, list[str]] = {
    "websocket": ["send_txt", "assert_send_text_called"],
    "agent": ["run", "capabilities"],
    "database_session": ["exceute", "fetchall"],
    "agent_websocket_bridge": ["notify_agent_begun", "emit_tool_finished"],
    "execution_context": ["userid", "get_stat"],
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in MISUSES.items() for name in names])
def test_a_name_the_interface_does_not_have_passes_a_hand_built_mock_and_not_the_double(
    factory: SSotMockFactory, kind: str, name: str
) -> None:
    assert getattr(AsyncMock(), name.replace("assert_", "")) is not None
    with pytest.raises(AttributeError, match=name):
        getattr(factory.create_mock(kind), name)


@pytest.mark.asyncio
async def test_a_synchronous_method_stays_synchronous(factory: SSotMockFactory) -> None:
    coroutine = AsyncMock().get_capabilities()
    assert inspect.isawaitable(coroutine)
    coroutine.close()
    assert factory.create_agent_mock().get_capabilities()[0] == "text_processing"
    assert factory.create_websocket_manager_mock().is_connection_active("c") is False


@pytest.mark.asyncio
@pytest.mark.parametrize("misspelt", ["assert_called_onec_with", "assert_awaited_with_once", "asert_called"])
async def test_a_misspelt_assertion_fails_instead_of_passing(factory: SSotMockFactory, misspelt: str) -> None:
    tool = factory.create_tool_mock()
    await tool.execute("x")
    with pytest.raises(AttributeError):
        getattr(tool.execute, misspelt)("x")


@pytest.mark.asyncio
async def test_an_assertion_about_arguments_that_were_not_given_fails(factory: SSotMockFactory) -> None:
    socket = factory.create_websocket_mock()
    await socket.send_json({"type": "agent_started"})
    with pytest.raises(AssertionError, match="agent_completed"):
        socket.send_json.assert_awaited_once_with({"type": "agent_completed"})
    with pytest.raises(AssertionError):
        socket.close.assert_awaited()


def test_a_call_that_nobody_awaited_is_found_when_verifying(factory: SSotMockFactory) -> None:
    socket = factory.create_websocket_mock()
    coroutine = socket.send_text("never sent")
    with pytest.raises(AssertionError, match=r"websocket: send_text was called 1 time and awaited 0 times"):
        factory.verify_all()
    coroutine.close()
    factory.reset_all()
    assert factory.verify_all() == 1


def test_the_factory_has_one_home_and_one_instance() -> None:
    assert goldenpath.SSotMockFactory is SSotMockFactory
    assert goldenpath.get_mock_factory is get_mock_factory
    assert get_mock_factory() is get_mock_factory()
    assert isinstance(get_mock_factory(), SSotMockFactory)


@pytest.mark.parametrize("kind", KINDS)
def test_the_class_and_its_instances_make_the_same(factory: SSotMockFactory, kind: str) -> None:
    creator = KINDS[kind]
    signatures = {inspect.signature(getattr(maker, creator)) for maker in (SSotMockFactory, factory)}
    assert len(signatures) == 1
    get_mock_factory().reset_all()
    double = SSotMockFactory.create_mock(kind)
    assert [double] == get_mock_factory().made_for(None, kind)
    assert getattr(SSotMockFactory, creator).__doc__


TABLE: dict[str, dict[str, Any]] = {
    "create_agent_mock": {
        "agent_type": "supervisor",
        "execution_result": None,
        "execution_time": 0.1,
        "events_to": None,
    },
    "create_websocket_mock": {"connection_id": "test-connection", "user_id": "test-user"},
    "create_websocket_manager_mock": {"manager_type": "unified", "user_isolation": True},
    "create_mock_websocket_emitter": {"user_id": inspect.Parameter.empty, "connection_id": None},
    "create_mock_agent_websocket_bridge": {
        "user_id": inspect.Parameter.empty,
        "run_id": "test-run",
        "should_fail": False,
    },
    "create_database_session_mock": {},
    "create_execution_context_mock": {"user_id": inspect.Parameter.empty, "thread_id": inspect.Parameter.empty},
    "create_mock_user_context": {
        "user_id": "test_user",
        "thread_id": "test_thread",
        "run_id": None,
        "request_id": None,
        "websocket_client_id": None,
        "connection_id": None,
    },
    "create_isolated_execution_context": {
        "user_id": inspect.Parameter.empty,
        "thread_id": inspect.Parameter.empty,
        "websocket_client_id": None,
    },
    "create_tool_mock": {"tool_name": "test_tool", "execution_result": None},
    "create_llm_client_mock": {"response_text": "This is a test response."},
    "create_mock_llm_manager": {"model": inspect.Parameter.empty, "config": None},
    "create_configuration_mock": {"environment": "test", "additional_config": None},
}
"""The promised parameters with their defaults, in their order."""


@pytest.mark.parametrize("creator", TABLE)
def test_parameters_and_defaults_are_as_promised(creator: str) -> None:
    parameters = inspect.signature(getattr(SSotMockFactory, creator)).parameters.values()
    given = {each.name: each.default for each in parameters if each.kind is not each.VAR_KEYWORD}
    assert list(given.items()) == list(TABLE[creator].items())


WITHOUT_ANYTHING = """
import sys
from goldenpath import SSotMockFactory
from goldenpath.doubles.factory import KINDS
SSotMockFactory.create_mock_suite(KINDS)
foreign = {"starlette", "sqlalchemy", "redis", "openai", "pytest", "psycopg", "httpx2"} & set(sys.modules)
assert not foreign, foreign
"""


def test_every_kind_is_made_without_any_library_it_stands_for() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_ANYTHING], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
