"""Which agents there are, and the ones at work for each user."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_backend.agents.agent import Agent
from agent_backend.agents.dispatcher import Tool, ToolDispatcher, ToolWatcher
from agent_backend.context import Clock, Permission, Principal, UnifiedIDManager, UserExecutionContext

AgentFactory = Callable[[], Agent]


class UnknownAgent(LookupError):
    """Nobody registered an agent of this name."""


class ForeignContext(PermissionError):
    """A session was asked to work for somebody else than its user."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of the service, and which permission each needs; one that is not named needs none."""

    tools: Sequence[Tool]
    needs: Mapping[str, Permission]

    def permitted(self, permissions: frozenset[Permission]) -> list[Tool]:
        """The tools that somebody with these permissions may use."""
        return [tool for tool in self.tools if self.needs.get(tool.name) in permissions | {None}]


class AgentSession:
    """One user's agents and tools: made when first asked for, shared with nobody. Safe to use from threads."""

    def __init__(
        self,
        principal: Principal,
        factories: Mapping[str, AgentFactory],
        toolbox: Toolbox,
        clock: Clock,
        ids: UnifiedIDManager,
    ) -> None:
        self.principal = principal
        self._factories = factories
        self._toolbox = toolbox
        self._clock = clock
        self._ids = ids
        self._agents: dict[tuple[str, str], Agent] = {}
        self._bridges: dict[str, object] = {}
        self._lock = threading.RLock()

    def agent(self, name: str, thread_id: str) -> Agent:
        """The user's agent of this name for a thread; raises UnknownAgent."""
        with self._lock:
            made = self._agents.get((name, thread_id))
            if made is None:
                factory = self._factories.get(name)
                if factory is None:
                    known = ", ".join(sorted(self._factories)) or "none"
                    raise UnknownAgent(f"there is no agent {name!r}; registered: {known}")
                made = self._agents[name, thread_id] = factory()
            return made

    def tools(self, context: UserExecutionContext, watcher: ToolWatcher) -> ToolDispatcher:
        """The tools of one run of this user, without those that he has no permission for."""
        if context.principal != self.principal:
            raise ForeignContext(f"the session of {self.principal.user_id} does not work for another user")
        return ToolDispatcher(self._toolbox.permitted(context.permissions), context, watcher, self._ids, self._clock)

    def associate(self, run_id: str, bridge: object) -> None:
        """Keep the bridge of a run for as long as it lasts."""
        self._bridges[run_id] = bridge

    def bridge(self, run_id: str) -> object | None:
        """The bridge of a run that is being worked on."""
        return self._bridges.get(run_id)

    def end_run(self, run_id: str) -> None:
        """Let go of what belonged to a run."""
        self._bridges.pop(run_id, None)

    def end_thread(self, thread_id: str) -> None:
        """Let go of the agents of a thread."""
        with self._lock:
            for key in [key for key in self._agents if key[1] == thread_id]:
                del self._agents[key]

    def reset(self) -> None:
        """Let go of every agent and bridge."""
        with self._lock:
            self._agents.clear()
            self._bridges.clear()

    def report(self) -> dict[str, Any]:
        """What it holds, in numbers."""
        return {"agents": len(self._agents), "runs": len(self._bridges)}


class AgentRegistry:
    """Factories of agents by name, and one session per user who has something running. Safe to use from threads."""

    def __init__(self, clock: Clock, ids: UnifiedIDManager, toolbox: Toolbox | None = None) -> None:
        self._clock = clock
        self._ids = ids
        self._toolbox = toolbox or Toolbox((), {})
        self._factories: dict[str, AgentFactory] = {}
        self._sessions: dict[Principal, AgentSession] = {}
        self._lock = threading.Lock()

    def register(self, name: str, factory: AgentFactory) -> None:
        """Offer an agent under a name, which may be done once."""
        with self._lock:
            if name in self._factories:
                raise ValueError(f"an agent {name!r} is registered already")
            self._factories[name] = factory

    @property
    def names(self) -> list[str]:
        return sorted(self._factories)

    def session(self, principal: Principal) -> AgentSession:
        """The user's session, made when there is none."""
        with self._lock:
            session = self._sessions.get(principal)
            if session is None:
                session = AgentSession(principal, self._factories, self._toolbox, self._clock, self._ids)
                self._sessions[principal] = session
            return session

    def get(self, principal: Principal) -> AgentSession | None:
        """The user's session, where there is one."""
        with self._lock:
            return self._sessions.get(principal)

    def remove(self, principal: Principal) -> bool:
        """End a user's session and let go of all it holds; False when there was none."""
        with self._lock:
            session = self._sessions.pop(principal, None)
        if session is None:
            return False
        session.reset()
        return True

    def cleanup(self) -> int:
        """End every session; return how many there were. May be called again."""
        with self._lock:
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            session.reset()
        return len(sessions)

    def health(self) -> dict[str, Any]:
        """How many users, agents and runs it holds; whose they are is not told."""
        with self._lock:
            reports = [session.report() for session in self._sessions.values()]
        return {
            "registered": self.names,
            "sessions": len(reports),
            "agents": sum(report["agents"] for report in reports),
            "runs": sum(report["runs"] for report in reports),
        }
