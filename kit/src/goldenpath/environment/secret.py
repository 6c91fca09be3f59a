"""A secret that a service needs, the rule it must meet, and the stages it passes on its way into the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from goldenpath.environment.faults import EnvironmentFault
from goldenpath.environment.ledger import Entry


class SecretStage(StrEnum):
    """What is asked of every secret, in this order."""

    EXISTS = "exists"
    READABLE = "this identity may read it"
    NON_EMPTY = "non-empty"
    INJECTED = "injected"
    RULE = "meets the rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRule:
    """What the value must be like; words are forbidden in either case, anywhere in the value.

    The words stay out of the repr: lists of forbidden words are made from passwords that were in use.
    """

    min_length: int = 1
    max_length: int | None = None
    forbidden: tuple[str, ...] = field(default=(), repr=False)
    distinct: bool = False

    def __post_init__(self) -> None:
        for name in ("min_length", "max_length"):
            length = getattr(self, name)
            if type(length) is not int and not (name == "max_length" and length is None):
                raise ValueError(f"{name} must be a whole number, not {length!r}")
        if self.max_length is not None and self.max_length < self.min_length:
            raise ValueError(f"max_length={self.max_length} is less than min_length={self.min_length}")
        if not isinstance(self.forbidden, list | tuple) or not all(
            isinstance(word, str) and word for word in self.forbidden
        ):
            raise ValueError("forbidden must be a list of non-empty words")
        object.__setattr__(self, "forbidden", tuple(self.forbidden))
        if type(self.distinct) is not bool:
            raise ValueError(f"distinct must be true or false, not {self.distinct!r}")

    def broken_by(self, sealed: Entry, others: Mapping[str, Entry]) -> str | None:
        """How the value breaks the rule, in words that tell nothing about it; a forbidden word may be all of it."""
        value = sealed.value or ""
        if len(value) < self.min_length:
            return f"it is shorter than the {self.min_length} characters required"
        if self.max_length is not None and len(value) > self.max_length:
            return f"it is longer than the {self.max_length} characters allowed"
        for number, word in enumerate(self.forbidden, 1):
            if word.casefold() in value.casefold():
                return f"it contains forbidden word {number} of {len(self.forbidden)}"
        same = [name for name, other in others.items() if other.value == value] if self.distinct else []
        return f"it is the same as {', '.join(same)}" if same else None


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by the name people use for it.

    `key` is what the sources call it and `variable` where the service expects it, both the same name unless said
    otherwise; `sources` restricts it to some sources of the chain, by name.
    """

    name: str
    rule: SecretRule = SecretRule()
    key: str = ""
    variable: str = ""
    sources: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.key or self.name)
        object.__setattr__(self, "variable", self.variable or self.name)


@dataclass(frozen=True, slots=True)
class SecretCheck:
    """How far a secret came, where it was found and who asked; never its value."""

    secret: str
    source: str
    identity: str
    failed: SecretStage | None = None
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether it passed every stage."""
        return self.failed is None

    def passed(self, stage: SecretStage) -> bool | None:
        """True or False, or None for a stage that was not reached."""
        stages = list(SecretStage)
        if self.failed is None or stages.index(stage) < stages.index(self.failed):
            return True
        return False if stage is self.failed else None

    def __str__(self) -> str:
        verdict = "passed every stage" if self.ok else f"failed at stage '{self.failed}': {self.problem}"
        return f"{self.secret} {verdict} (source: {self.source}; identity: {self.identity})"


class SecretError(EnvironmentFault):
    """Some secrets did not pass; `stage`, `identity` and `secret` are those of the first."""

    def __init__(self, failures: tuple[SecretCheck, ...]) -> None:
        super().__init__("\n".join(map(str, failures)))
        self.failures = failures
        self.secret = failures[0].secret
        self.stage = failures[0].failed
        self.identity = failures[0].identity
