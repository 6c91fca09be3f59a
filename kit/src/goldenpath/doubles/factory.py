"""The one place where test doubles come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from inspect import Parameter, signature
from itertools import count
from time import perf_counter
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar, Unpack, overload

from goldenpath.doubles.failures import Conditions
from goldenpath.doubles.kinds import agent as agents
from goldenpath.doubles.kinds import agent_websocket_bridge as bridges
from goldenpath.doubles.kinds import configuration as configurations
from goldenpath.doubles.kinds import database_session as sessions
from goldenpath.doubles.kinds import execution_context as executions
from goldenpath.doubles.kinds import llm_client as llm_clients
from goldenpath.doubles.kinds import llm_manager as llm_managers
from goldenpath.doubles.kinds import redis_client as redis_clients
from goldenpath.doubles.kinds import tool as tools
from goldenpath.doubles.kinds import websocket as websockets
from goldenpath.doubles.kinds import websocket_emitter as emitters
from goldenpath.doubles.kinds import websocket_manager as managers
from goldenpath.doubles.streaming import Stream

from goldenpath.doubles.kinds import user_context as contexts

P = ParamSpec("P")
T = TypeVar("T")


class everywhere(Generic[P, T]):  # noqa: N801
    """A method that may also be called on the class: it is the process-wide factory's then."""

    def __init__(self, method: Callable[Concatenate[SSotMockFactory, P], T]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, factory: SSotMockFactory | None, owner: type) -> Callable[P, T]:
        bound: Callable[P, T] = MethodType(self._method, get_mock_factory() if factory is None else factory)
        return bound


class SSotMockFactory:
    """Makes every kind of double, remembers them weakly, and can verify and reset them all.

    Clocks and ids are injected. Every method may also be called on the class, which means on `get_mock_factory()`.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = perf_counter,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[str], str] | None = None,
    ) -> None:
        self._clock = clock
        self._now = now
        self._new_id = new_id or numbered_ids()
        self._registry = Registry()

    @everywhere
    def create_agent_mock(
        self,
        agent_type: str = "supervisor",
        execution_result: Any = None,
        execution_time: float = 0.1,
        events_to: Any = None,
        **conditions: Unpack[Conditions],
    ) -> Any:
        """An agent; with `events_to` (a manager, emitter or bridge) each `execute` streams the five events there."""
        stream = None if events_to is None else Stream(events_to)
        behaviour = agents.Behaviour(agent_type, execution_result, execution_time, stream)
        return self._make(agents.KIND, behaviour, conditions)

    @everywhere
    def create_websocket_mock(
        self, connection_id: str = "test-connection", user_id: str = "test-user", **conditions: Unpack[Conditions]
    ) -> Any:
        """A server-side WebSocket; `client_of` gives the client at its other end."""
        return self._make(websockets.KIND, websockets.Behaviour(connection_id, user_id), conditions)

    @everywhere
    def create_websocket_manager_mock(
        self, manager_type: str = "unified", user_isolation: bool = True, **conditions: Unpack[Conditions]
    ) -> Any:
        """A registry of connections that delivers to those that were added."""
        return self._make(managers.KIND, managers.Behaviour(manager_type, user_isolation), conditions)

    @everywhere
    def create_mock_websocket_emitter(
        self, user_id: str, connection_id: str | None = None, **conditions: Unpack[Conditions]
    ) -> Any:
        """One user's emitter, which keeps what it emits."""
        return self._make(emitters.KIND, emitters.Behaviour(user_id, connection_id), conditions)

    @everywhere
    def create_mock_agent_websocket_bridge(
        self, user_id: str, run_id: str = "test-run", should_fail: bool = False, **conditions: Unpack[Conditions]
    ) -> Any:
        """The bridge of one user's run; with `should_fail` every `notify_*` raises."""
        return self._make(bridges.KIND, bridges.Behaviour(user_id, run_id, should_fail), conditions)

    @everywhere
    def create_database_session_mock(self, **conditions: Unpack[Conditions]) -> Any:
        """An async session that answers every statement with no rows until `answer_with` says otherwise."""
        return self._make(sessions.KIND, sessions.Behaviour(), conditions)

    @everywhere
    def create_execution_context_mock(self, user_id: str, thread_id: str, **conditions: Unpack[Conditions]) -> Any:
        """The ids and the state of one execution."""
        behaviour = executions.Behaviour(
            user_id, thread_id, self._new_id("run_id"), self._new_id("request_id"), self._now()
        )
        return self._make(executions.KIND, behaviour, conditions)

    @everywhere
    def create_tool_mock(
        self, tool_name: str = "test_tool", execution_result: Any = None, **conditions: Unpack[Conditions]
    ) -> Any:
        """A tool that succeeds."""
        return self._make(tools.KIND, tools.Behaviour(tool_name, execution_result), conditions)

    @everywhere
    def create_llm_client_mock(
        self, response_text: str = llm_clients.RESPONSE, **conditions: Unpack[Conditions]
    ) -> Any:
        """A language model's client that gives one answer, whole or streamed."""

    @everywhere
    def create_mock_llm_manager(
        self, model: str, config: Mapping[str, Any] | None = None, **conditions: Unpack[Conditions]
    ) -> Any:
        """The service that asks language models."""
        return self._make(llm_managers.KIND, llm_managers.Behaviour(model, config), conditions)

    @everywhere
    def create_redis_client_mock(self, decode_responses: bool = False, **conditions: Unpack[Conditions]) -> Any:
        """An async Redis client over a dictionary."""
        return self._make(redis_clients.KIND, redis_clients.Behaviour(decode_responses), conditions)

    @everywhere
    def create_configuration_mock(
        self,
        environment: str = "test",
        additional_config: Mapping[str, Any] | None = None,
        **conditions: Unpack[Conditions],
    ) -> Any:
        """Settings, with whatever `additional_config` adds or changes."""
        return self._make(
            configurations.KIND, configurations.Behaviour(environment, additional_config), conditions
        )
