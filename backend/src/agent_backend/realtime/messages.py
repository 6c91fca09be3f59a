"""What a client may say, and how everything else is answered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from agent_backend.context import Storable, first_problem
from agent_backend.workflow import Ask


class InvalidMessage(Exception):
    """A frame that is no message we know; the text says what was expected of it."""


class AskMessage(BaseModel):
    """`{"type": "ask", "thread_id": …, "text": …, "client_message_id": …}`."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    type: Literal["ask"]
    thread_id: Annotated[str, StringConstraints(max_length=64), Storable] | None = None
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000), Storable]
    client_message_id: Annotated[str, StringConstraints(min_length=1, max_length=128), Storable]


def read_message(frame: str | bytes) -> Ask:
    """Read a frame, or raise InvalidMessage."""
    if isinstance(frame, bytes):
        raise InvalidMessage("send text frames, not binary ones")
    try:
        message = AskMessage.model_validate_json(frame)
    except ValidationError as invalid:
        raise InvalidMessage(first_problem(invalid)) from None
    return Ask(message.thread_id, message.text, message.client_message_id)
