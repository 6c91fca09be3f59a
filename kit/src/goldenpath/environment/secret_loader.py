"""Bring secrets into the environment: all of them, each through the five stages, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goldenpath.environment.faults import EnvironmentFault
from goldenpath.environment.isolated import IsolatedEnvironment, get_env
from goldenpath.environment.ledger import Entry
from goldenpath.environment.secret import Secret, SecretCheck, SecretError, SecretStage
from goldenpath.environment.secret_source import SecretSource


@dataclass(frozen=True, slots=True)
class _Found:
    """A secret on its way; the value stays sealed so that no traceback shows it."""

    check: SecretCheck
    sealed: Entry


class SecretLoader:
    """Finds secrets in a chain of sources; the first source that has one decides, even by refusing it.

    A source that denies or fails ends the search: falling through to the next would hide a broken deployment behind
    whatever an earlier one left there.
    """

    def __init__(self, chain: Sequence[SecretSource], *, environment: IsolatedEnvironment | None = None) -> None:
        self._chain = tuple(chain)
        self._environment = environment or get_env()
        names = [source.name for source in self._chain]
        if not names:
            raise ValueError("a chain needs at least one source")
        if len(set(names)) < len(names):
            raise ValueError(f"the sources of a chain need different names, these have: {', '.join(names)}")

    def check(self, *secrets: Secret | str) -> tuple[SecretCheck, ...]:
        """Walk every secret through the stages and set nothing; only the masking of their variables stays."""
        return tuple(found.check for found in self._walk(secrets).values())

    def load(self, *secrets: Secret | str) -> None:
        """Set the variables of all the secrets, masked from now on; raises SecretError and sets none if one fails."""
        walk = self._walk(secrets)
        failures = tuple(found.check for found in walk.values() if not found.check.ok)
        if failures:
            raise SecretError(failures)
        for secret, found in walk.items():
            self._inject(secret, found)

    def _walk(self, secrets: Sequence[Secret | str]) -> dict[Secret, _Found]:
        wanted = [Secret(secret) if isinstance(secret, str) else secret for secret in secrets]
        self.refuse_ambiguity(wanted)
        found = {secret: self._find(secret) for secret in wanted}
        found = {secret: self._tried(secret, candidate) for secret, candidate in found.items()}
        values = {secret.name: candidate.sealed for secret, candidate in found.items() if candidate.sealed.value}
        return {secret: _judged(secret, candidate, values) for secret, candidate in found.items()}

    def refuse_ambiguity(self, secrets: Sequence[Secret]) -> None:
        """Raise ValueError for secrets that cannot be told apart, or that name sources which are not there."""
        if not secrets:
            raise ValueError("no secrets were named, so there is nothing to check")
        for attribute in ("name", "variable"):
            given = [getattr(secret, attribute) for secret in secrets]
            twice = sorted({one for one in given if given.count(one) > 1})
            if twice:
                raise ValueError(f"two secrets have the same {attribute}: {', '.join(twice)}")
        known = {source.name for source in self._chain}
        for secret in secrets:
            unknown = sorted(set(secret.sources or ()) - known)
            if unknown or secret.sources == ():
                raise ValueError(
                    f"{secret.name} names no source of the chain: {', '.join(unknown) or '(empty)'}; "
                    f"it has {', '.join(sorted(known))}"
                )

    def _find(self, secret: Secret) -> _Found:
        """Stages one to three: ask the sources in turn."""
        asked = [source for source in self._chain if secret.sources is None or source.name in secret.sources]
        for source in asked:
            sealed, failed, problem = _ask(source, secret.key)
            if failed or sealed.value is not None:
                if not failed and not (sealed.value or "").strip():
                    failed, problem = SecretStage.NON_EMPTY, "it is empty"
                return _Found(SecretCheck(secret.name, source.name, _identity(source), failed, problem), sealed)
        places = ", ".join(source.name for source in asked)
        identities = ", ".join(dict.fromkeys(_identity(source) for source in asked))
        problem = f"no source has {secret.key!r}"
        return _Found(SecretCheck(secret.name, places, identities, SecretStage.EXISTS, problem), Entry(None, places))

    def _tried(self, secret: Secret, found: _Found) -> _Found:
        """Stage four, in an overlay: whether a child process would receive the value under its variable."""
        if not found.check.ok:
            return found
        try:
            with self._environment.overlay():
                self._inject(secret, found)
                if self._environment.subprocess_env().get(secret.variable) == found.sealed.value:
                    return found
                problem = f"{secret.variable} holds something else after it was set"
        except EnvironmentFault as fault:
            problem = str(fault)
        return _failed(found, SecretStage.INJECTED, problem)

    def _inject(self, secret: Secret, found: _Found) -> None:
        self._environment.conceal(secret.variable)
        self._environment.set(secret.variable, found.sealed.value or "", f"secret from {found.check.source}")


def _ask(source: SecretSource, key: str) -> tuple[Entry, SecretStage | None, str]:
    """What a source answers. Only our own faults are quoted: the text of others may hold the value."""
    nothing = Entry(None, source.name)
    try:
        sealed = Entry(source.read(key), source.name)
    except PermissionError:
        return nothing, SecretStage.READABLE, f"{_identity(source)} may not read {key!r}"
    except EnvironmentFault as fault:
        return nothing, SecretStage.EXISTS, str(fault)
    except UnicodeDecodeError:
        return nothing, SecretStage.READABLE, f"{key!r} is not UTF-8 text"
    except Exception as error:
        return nothing, SecretStage.EXISTS, f"{source.name} could not be asked for {key!r}: {type(error).__name__}"
    kind = type(sealed.value)
    if kind not in {str, type(None)}:
        return nothing, SecretStage.READABLE, f"{source.name} gave {kind.__name__} instead of text"
    return sealed, None, ""


def _identity(source: SecretSource) -> str:
    try:
        return source.identity
    except Exception as error:
        return f"unknown ({type(error).__name__})"


def _judged(secret: Secret, found: _Found, values: Mapping[str, Entry]) -> _Found:
    """Stage five, last because distinctness needs all the others."""
    if not found.check.ok:
        return found
    others = {name: sealed for name, sealed in values.items() if name != secret.name}
    problem = secret.rule.broken_by(found.sealed, others)
    return _failed(found, SecretStage.RULE, problem) if problem else found


def _failed(found: _Found, stage: SecretStage, problem: str) -> _Found:
    check = found.check
    return _Found(SecretCheck(check.secret, check.source, check.identity, stage, problem), found.sealed)
