"""Read every source, judge each setting by itself and all of them by the rules: nothing stops at the first error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from agent_backend.config import names
from agent_backend.config.config_file import CONFIG_FILE, read_config_file
from agent_backend.config.google_secrets import SCHEME, GoogleSecrets
from agent_backend.config.names import FIELDS, KINDS, PREFIX, SECRETS, VARIABLES, hint, variable
from agent_backend.config.problem import ConfigError, Origin, Problem
from agent_backend.config.rules import RULES
from agent_backend.config.secret_chain import (
    AccountSecrets,
    EnvironmentSecrets,
    FileSecrets,
    MountedSecrets,
    SecretAccount,
    SecretChain,
    SecretSource,
)
from agent_backend.config.settings import Environment, Settings

DEFAULT: Final = Origin("default")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to read: the variables of the process, and what they or the command line point to."""

    environ: Mapping[str, str] = field(repr=False)
    config_file: Path | None = None
    account: SecretAccount | None = None

    def chain(self) -> SecretChain:
        """The links that this environment has, in their order."""
        links: list[SecretSource] = [EnvironmentSecrets(self.environ)]
        if directory := self.environ.get(names.SECRETS_DIRECTORY):
            links.append(MountedSecrets(Path(directory)))
        if file := self.environ.get(names.SECRETS_FILE):
            links.append(FileSecrets(Path(file)))
        if self.account is not None:
            links.append(AccountSecrets(self.account))
        return SecretChain(links)

    @classmethod
    def of_process(cls, environ: Mapping[str, str], config_file: Path | None = None) -> Sources:
        """The sources that a process has; opens its secret manager when a variable names one."""
        return cls(environ, config_file, _account(environ.get(names.SECRETS_ACCOUNT, "")))

    def file(self) -> Path | None:
        named = self.environ.get(names.CONFIG_FILE)
        return self.config_file or (Path(named) if named else None)


def _account(place: str) -> SecretAccount | None:
    if not place:
        return None
    project = place.removeprefix(SCHEME)
    if project == place or not project:
        raise ConfigError(f"{names.SECRETS_ACCOUNT} must be {SCHEME}PROJECT")
    return GoogleSecrets.open(project)


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at all sources: the values that are sound, where each came from, and everything that is wrong."""

    values: Mapping[str, Any]
    origins: Mapping[str, Origin]
    problems: tuple[Problem, ...]

    def require(self, setting: str) -> Any:
        """One setting for a command that needs no other: what is wrong elsewhere does not matter to it."""
        if relevant := [problem for problem in self.problems if problem.setting in {"", "environment", setting}]:
            raise ConfigError(relevant)
        return self.values[setting]

    def settings(self) -> Settings:
        """The settings, or a ConfigError that names all problems at once."""
        if self.problems:
            raise ConfigError(self.problems)
        nested: dict[str, Any] = {}
        for name, value in self.values.items():
            section, _, leaf = name.rpartition(".")
            (nested.setdefault(section, {}) if section else nested)[leaf] = value
        return Settings.model_validate(nested)


def read(sources: Sources) -> Reading:
    """Look at every source."""
    problems = _unknown_variables(sources.environ)
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    said = _said(sources, problems)
    for name, declared in FIELDS.items():
        if name not in said:
            if declared.is_required():
                problems.append(Problem(name, "is not set", rule="missing"))
            else:
                values[name], origins[name] = declared.get_default(call_default_factory=True), DEFAULT
            continue
        raw, origins[name] = said[name]
        try:
            values[name] = _judged(name, raw, origins[name])
        except ValidationError as invalid:
            problems.append(Problem(name, f"is not usable: {_reason(invalid)}", origins[name]))
    problems += _misplaced_secrets(values, origins)
    for rule in RULES:
        if rule.binds(values):
            problems += [Problem(name, text, origins.get(name), rule.id) for name, text in rule.breaches(values)]
    return Reading(values, origins, tuple(problems))


def _said(sources: Sources, problems: list[Problem]) -> dict[str, tuple[Any, Origin]]:
    """What the sources say, each setting by the first that names it."""
    said: dict[str, tuple[Any, Origin]] = {}
    if (path := sources.file()) is not None:
        file = read_config_file(path)
        said |= file.values
        problems += file.problems
    chain = sources.chain()
    environment = EnvironmentSecrets(sources.environ)
    broken: set[str] = set()
    for name in FIELDS:
        try:
            found = (chain if name in SECRETS else environment).find(variable(name))
        except ConfigError as error:
            if str(error) not in broken:
                problems.append(Problem("", str(error), rule="secret-source"))
            broken.add(str(error))
            continue
        if found is not None:
            said[name] = found
    return said


def _judged(name: str, raw: Any, origin: Origin) -> Any:
    """Variables are text and are read as what the setting is; the file has types of its own, and they must fit."""
    if isinstance(raw, str) and origin.source != CONFIG_FILE:
        return KINDS[name].validate_python(raw)
    return KINDS[name].validate_json(json.dumps(raw, default=_no_json), strict=not isinstance(raw, str))


def _no_json(value: object) -> dict[str, str]:
    """TOML has dates; an object stands in for them, which no setting takes."""
    return {"type": type(value).__name__}


def _reason(invalid: ValidationError) -> str:
    error = invalid.errors(include_input=False, include_url=False, include_context=False)[0]
    reason = str(error["msg"]).removeprefix("Value error, ")
    return f"{reason[0].lower()}{reason[1:]}"


def _misplaced_secrets(values: Mapping[str, Any], origins: Mapping[str, Origin]) -> list[Problem]:
    """A configuration file is copied, mailed and committed: where it counts, secrets do not belong into it."""
    environment = values.get("environment")
    if isinstance(environment, Environment) and not environment.guarded:
        return []
    text = "is a secret and does not belong into this file; use a variable, a mounted directory or a secrets file"
    return [
        Problem(name, text, origins[name], "secret-in-file")
        for name in FIELDS
        if name in SECRETS and name in values and origins[name].source == CONFIG_FILE
    ]


def _unknown_variables(environ: Mapping[str, str]) -> list[Problem]:
    """A misspelt optional setting would otherwise be ignored without a word."""
    known = [*VARIABLES, *names.PLACES]
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [Problem("", f"{name} is no setting; {hint(name, known)}", rule="unknown") for name in unknown]
