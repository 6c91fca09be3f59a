"""The names of OpenTelemetry's conventions for generative AI: the one place where they stand.

They are still being worked on; when one changes, it changes here. https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Operation(StrEnum):
    """What `gen_ai.operation.name` may be here; a span is named by it and by what it works on."""

    INVOKE_AGENT = "invoke_agent"
    EXECUTE_TOOL = "execute_tool"
    CHAT = "chat"


OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
CONVERSATION: Final = "gen_ai.conversation.id"
AGENT_NAME: Final = "gen_ai.agent.name"
TOOL_NAME: Final = "gen_ai.tool.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
ERROR_TYPE: Final = "error.type"
RUN: Final = "agent_backend.run.id"
"""Ours: the conventions have no name for a run."""
