"""What a client may say, and how everything else is answered."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from agent_backend.context import Storable, first_problem

Id = Annotated[str, StringConstraints(max_length=64), Storable]


class InvalidMessage(Exception):
    """A frame that is no message we know; the text says what was expected of it."""


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class AskMessage(_Message):
    """A question; without a thread it opens one. The message's own id makes it safe to send again."""

    type: Literal["ask"]
    thread_id: Id | None = None
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000), Storable]
    client_message_id: Annotated[str, StringConstraints(min_length=1, max_length=128), Storable]


class ResumeMessage(_Message):
    """The client has a run's events up to `after` and wants exactly the others."""

    type: Literal["resume"]
    run: Id
    epoch: Annotated[int, Field(ge=0, le=2**31 - 1)]
    after: Annotated[int, Field(ge=0, le=2**31 - 1)]


class FollowMessage(_Message):
    """The client wants whatever of its user's is being worked on, from its beginning: what a second tab says."""

    type: Literal["follow"]


class CancelMessage(_Message):
    """The run is to end; closing the socket does not end it."""

    type: Literal["cancel"]
    run: Id


class HeartbeatMessage(_Message):
    """The client is there although it has nothing to say."""

    type: Literal["heartbeat"]


Message = AskMessage | ResumeMessage | FollowMessage | CancelMessage | HeartbeatMessage
_MESSAGES: Final[TypeAdapter[Message]] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def read_message(frame: str | bytes) -> Message:
    """Read a frame, or raise InvalidMessage."""
    if isinstance(frame, bytes):
        raise InvalidMessage("send text frames, not binary ones")
    try:
        return _MESSAGES.validate_json(frame)
    except ValidationError as invalid:
        raise InvalidMessage(first_problem(invalid)) from None
