"""What a run may be asked for: one value per option of `goldenpath run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from goldenpath.runner.layers import FailFast
from goldenpath.runner.seams import FaceSettings
from goldenpath.runner.settings import UsageError, one_of

ENVIRONMENTS = ("test", "dev", "staging", "prod")


@dataclass(frozen=True)
class Shard:
    """One of several disjoint parts of a run that together are all of it."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """From `2/3`."""
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            raise UsageError(f"--shard {text}: write it as i/n with 1 <= i <= n, as in 2/3")
        return cls(int(number), int(of))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True)
class Request:
    """A run to be made."""

    paths: tuple[str, ...] = ()
    root: Path = field(default_factory=Path.cwd)
    """Where the tests are run from."""
    categories: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    mode: str = ""
    alone: bool = False
    """Do not run what the named categories need."""
    env: str = "test"
    allow_prod: bool = False
    real_services: bool = False
    real_llm: bool = False
    no_docker: bool = False
    workers: int = 1
    fail_fast: FailFast | None = None
    pattern: str = ""
    """A file name pattern, as in `test_*orders*`."""
    markers: str = ""
    keyword: str = ""
    failed_first: bool = False
    changed_since: str = ""
    shard: Shard | None = None
    resume_from: str = ""
    cluster: str = ""
    coverage: bool = False
    min_coverage: float | None = None
    timeout: float | None = None
    """Seconds per test."""
    budget: float | None = None
    """Seconds for the whole run."""
    retries: int = 0
    forbid_skips: bool = False
    pytest_arguments: tuple[str, ...] = ()
    faces: FaceSettings = field(default_factory=FaceSettings)

    def __post_init__(self) -> None:
        one_of("--env", self.env, ENVIRONMENTS)
        if self.env == "prod" and not self.allow_prod:
            raise UsageError("--env prod runs tests against production: say --allow-prod as well if that is meant")
        if self.workers < 1:
            raise UsageError(f"--workers {self.workers}: at least one is needed")
        if self.retries < 0:
            raise UsageError(f"--retries {self.retries}: cannot be negative")
        if self.min_coverage is not None and not 0 <= self.min_coverage <= 100:
            raise UsageError(f"--min-coverage {self.min_coverage:g}: a percentage, 0 to 100")
        for name in ("timeout", "budget"):
            seconds = getattr(self, name)
            if seconds is not None and seconds <= 0:
                raise UsageError(f"--{name} {seconds:g}: a number of seconds above 0")
        if self.shard and self.resume_from:
            raise UsageError("--shard and --resume-from exclude each other: the resumed run's own shard is taken again")

    @property
    def options(self) -> Mapping[str, str]:
        """Every option that differs from its default, as text."""
        plain = Request(root=self.root)
        return {
            each.name: str(getattr(self, each.name))
            for each in fields(self)
            if each.name not in _ELSEWHERE and getattr(self, each.name) != getattr(plain, each.name)
        }

    @property
    def variables(self) -> dict[str, str]:
        """What the tests' environment says about the run."""
        told = {"GOLDENPATH_ENV": self.env}
        if self.real_services:
            told["GOLDENPATH_REAL_SERVICES"] = "1"
        if self.real_llm:
            told["GOLDENPATH_REAL_LLM"] = "1"
        if self.no_docker:
            told["GOLDENPATH_NO_DOCKER"] = "1"
        return told


_ELSEWHERE = frozenset({"root", "faces", "categories", "layers", "mode", "env", "shard", "allow_prod"})
