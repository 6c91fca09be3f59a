"""Every kind with its built-in interface: what may be bound, and what `verify_doubles` compares."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

from goldenpath.doubles.kinds import (
    agent,
    agent_websocket_bridge,
    configuration,
    database_session,
    execution_context,
    llm_client,
    llm_manager,
    redis_client,
    tool,
    user_context,
    websocket,
    websocket_emitter,
    websocket_manager,
)

INTERFACES: Final[dict[str, type]] = {
    kind.name: kind.interface
    for kind in (
        agent.KIND,
        websocket.KIND,
        websocket_manager.KIND,
        websocket_emitter.KIND,
        agent_websocket_bridge.KIND,
        database_session.KIND,
        execution_context.KIND,
        user_context.KIND,
        tool.KIND,
        llm_client.KIND,
        llm_manager.KIND,
        redis_client.KIND,
        configuration.KIND,
    )
}
"""An isolated execution context is a user context, so that is where it is bound."""


def unknown_kind(name: str, kinds: Collection[str]) -> ValueError:
    """The error for a name that is no kind's, with the nearest and with all there are."""
    nearest = get_close_matches(name, kinds, 1)
    hint = f"did you mean {nearest[0]!r}? There are" if nearest else "there are"
    return ValueError(f"there is no kind of double {name!r}; {hint}: {', '.join(kinds)}")
