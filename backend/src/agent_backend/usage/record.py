"""One call of a language model, as it is loaded: the same checks whichever way it comes in."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from agent_backend.context import Storable

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Storable]
Count = Annotated[int, Field(ge=0, lt=1 << 40)]


class UsageRecord(BaseModel):
    """One recorded call; an unknown field is an error, nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    occurred_at: AwareDatetime
    team: Name
    model: Name
    prompt_tokens: Count
    completion_tokens: Count
    latency_ms: Count
    cost: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=9)]
    cache_hit: bool = False
    error: Annotated[str, StringConstraints(max_length=500), Storable] | None = None
    prompt_fingerprint: Annotated[str, StringConstraints(min_length=1, max_length=128), Storable] | None = None
