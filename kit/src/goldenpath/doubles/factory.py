"""The one place where test doubles come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from inspect import signature
from itertools import count
from time import perf_counter
from types import MethodType
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar, Unpack

from goldenpath.doubles.behaviours import misfits, nest, put_behind
from goldenpath.doubles.failures import CONDITIONS, Conditions, plan_of
from goldenpath.doubles.interfaces import Interfaces
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
from goldenpath.doubles.kinds.catalogue import unknown_kind
from goldenpath.doubles.streaming import Stream
from goldenpath.doubles.workshop import Workshop

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

    Clocks and ids are injected; `interfaces` are the real classes of the kinds, by default those that `pyproject.toml`
    binds. Every method may also be called on the class, which means on `get_mock_factory()`.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = perf_counter,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[str], str] | None = None,
        interfaces: Mapping[str, type] | None = None,
    ) -> None:
        self._workshop = Workshop(clock, Interfaces(interfaces))
        self._make = self._workshop.make
        self._now = now
        self._new_id = new_id or _numbered_ids()

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
        if events_to is None:
            return self._make(agents.KIND, agents.Behaviour(agent_type, execution_result, execution_time), conditions)
        spec = self._workshop.interface(agents.KIND)
        plan = plan_of("agent", spec, conditions, spared=frozenset({"execute"}))
        stream = Stream(events_to, self._new_id)
        behaviour = agents.Behaviour(agent_type, execution_result, execution_time, stream, plan)
        if "execute" in misfits(agents.Behaviour, spec):
            cannot = "is not async execute(task, context), so it cannot stream: leave events_to out"
            raise TypeError(f"{spec.__name__}.execute {cannot}")
        return self._make(agents.KIND, behaviour, conditions, plan)

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
    def create_mock_user_context(
        self,
        /,
        user_id: str = "test_user",
        thread_id: str = "test_thread",
        run_id: str | None = None,
        request_id: str | None = None,
        websocket_client_id: str | None = None,
        connection_id: str | None = None,
        **more: Any,
    ) -> Any:
        """A real, frozen user context of the bound class (or the built-in one), spied and open to free attributes.

        `more` are fields that only the bound class has, and conditions. Ids that are not given are new.
        """
        ids: dict[str, str | None] = {
            "user_id": user_id,
            "thread_id": thread_id,
            "run_id": run_id,
            "request_id": request_id,
            "websocket_client_id": websocket_client_id,
            "connection_id": connection_id,
        }
        return self._workshop.make_context("user_context", ids, more, self._new_id)

    @everywhere
    def create_isolated_execution_context(
        self, /, user_id: str, thread_id: str, websocket_client_id: str | None = None, **more: Any
    ) -> Any:
        """A user context whose run and request nobody else has."""
        ids: dict[str, str | None] = {
            "user_id": user_id,
            "thread_id": thread_id,
            "websocket_client_id": websocket_client_id,
        }
        return self._workshop.make_context("isolated_execution_context", ids, more, self._new_id)

    @everywhere
    def create_llm_client_mock(
        self, response_text: str = llm_clients.RESPONSE, **conditions: Unpack[Conditions]
    ) -> Any:
        """A language model's client that gives one answer, whole or streamed."""
        made = self._make(llm_clients.KIND, llm_clients.Behaviour(response_text), conditions)
        completions = nest(nest(made, "chat", llm_clients.Chat), "completions", llm_clients.Completions)
        put_behind(completions, llm_clients.CompletionsBehaviour(response_text))
        return made

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
        return self._make(configurations.KIND, configurations.Behaviour(environment, additional_config), conditions)

    @everywhere
    def create_mock(self, /, kind: str | type, **parameters: Any) -> Any:
        """A double of a kind, by its name, or of any class; parameters are those of the kind's own method."""
        if isinstance(kind, type):
            conditions = {name: parameters.pop(name) for name in CONDITIONS if name in parameters}
            return self._workshop.make_of(kind, conditions, parameters)
        creator = _creator(kind)
        missing = {name: SHARED[name] for name in _required(creator) - parameters.keys()}
        return getattr(self, creator)(**missing, **parameters)

    @everywhere
    def create_mock_suite(self, /, kinds: Iterable[str], **shared: Any) -> dict[str, Any]:
        """Doubles of several kinds by kind, for one and the same user, thread and run.

        `shared` changes who that is (`user_id=`, `tenant=`, …) and is given to every kind that takes it.
        """
        if isinstance(kinds, str):
            raise TypeError(f"a suite takes a list of kinds, not {kinds!r}")
        wanted = list(kinds)
        creators = {kind: _creator(kind) for kind in wanted}
        taken = {kind: _parameters(creator) for kind, creator in creators.items()}
        given = {**SHARED, **shared}
        if unknown := shared.keys() - set().union(CONDITIONS, *taken.values()):
            raise TypeError(f"none of {', '.join(wanted)} takes {', '.join(sorted(unknown))}")
        return {
            kind: getattr(self, creator)(
                **{name: given[name] for name in given if name in taken[kind] or name in CONDITIONS}
            )
            for kind, creator in creators.items()
        }

    @everywhere
    def made_for(self, tenant: str | None, kind: str | None = None) -> list[Any]:
        """The living doubles of a tenant, or of nobody in particular, in the order they were made."""
        return self._workshop.made_for(tenant, kind)

    @everywhere
    def statistics(self) -> dict[str, Any]:
        """How many doubles were made, in how much time, how many live, and how often those were called."""
        return self._workshop.statistics()

    @everywhere
    def verify_all(self) -> int:
        """Check every living double and give their number; AssertionError names what is wrong with which."""
        return self._workshop.verify()

    @everywhere
    def reset_all(self) -> int:
        """Forget every living double's calls and the statistics; what was configured stays, seeds start again."""
        return self._workshop.reset()


KINDS: Final[dict[str, str]] = {
    "agent": "create_agent_mock",
    "websocket": "create_websocket_mock",
    "websocket_manager": "create_websocket_manager_mock",
    "websocket_emitter": "create_mock_websocket_emitter",
    "agent_websocket_bridge": "create_mock_agent_websocket_bridge",
    "database_session": "create_database_session_mock",
    "execution_context": "create_execution_context_mock",
    "user_context": "create_mock_user_context",
    "isolated_execution_context": "create_isolated_execution_context",
    "tool": "create_tool_mock",
    "llm_client": "create_llm_client_mock",
    "llm_manager": "create_mock_llm_manager",
    "redis_client": "create_redis_client_mock",
    "configuration": "create_configuration_mock",
}
"""Every kind by name, with the method that makes it."""

SHARED: Final = {"user_id": "test-user", "thread_id": "test-thread", "run_id": "test-run", "model": "test-model"}
"""Whose a suite is, and what a kind made by name gets where its method demands an argument."""


def _creator(kind: object) -> str:
    if not isinstance(kind, str):
        raise TypeError(f"what to make is a kind's name or a class, not {kind!r}")
    if kind not in KINDS:
        raise unknown_kind(kind, KINDS)
    return KINDS[kind]


@cache
def _parameters(creator: str) -> frozenset[str]:
    return frozenset(signature(getattr(SSotMockFactory, creator)).parameters) - {"conditions", "more"}


@cache
def _required(creator: str) -> frozenset[str]:
    parameters = signature(getattr(SSotMockFactory, creator)).parameters.values()
    return frozenset(
        each.name for each in parameters if each.default is each.empty and each.kind is not each.VAR_KEYWORD
    )


def _numbered_ids() -> Callable[[str], str]:
    """Make ids that are new within the factory and the same in every run of the tests: run-1, request-2, …"""
    numbers = count(1)
    return lambda field: f"{field.removesuffix('_id')}-{next(numbers)}"


_FACTORY: Final = SSotMockFactory()


def get_mock_factory() -> SSotMockFactory:
    """The factory of this process."""
    return _FACTORY
