"""What a probe comes to, in one word, one sentence and one exit code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from goldenpath.probe.ledger import Ledger, State


class ExitCode(IntEnum):
    """The same meanings as everywhere in the toolkit."""

    HELD = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_SHOWN = 3
    UNREACHABLE = 5
    TIME_OUT = 6


class Cause(StrEnum):
    """Why a probe came to its end."""

    DONE = "done"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gravest first; `also` is what else is to be known."""

    code: ExitCode
    word: str
    message: str
    also: tuple[str, ...] = ()


def judge(ledger: Ledger, cause: Cause = Cause.DONE, budget: float = 0.0) -> Verdict:
    """The verdict over all checks; what was asked for and could not be shown is never a success."""
    states = {id: entry.state for id, entry in ledger.entries.items()}
    held, broken, unshown = (
        [id for id, state in states.items() if state is wanted]
        for wanted in (State.HELD, State.BROKEN, State.NOT_SHOWN)
    )
    asked = len(held) + len(broken) + len(unshown)
    faults: list[tuple[ExitCode, str, str]] = []
    if "PB101" in broken:
        faults.append((ExitCode.UNREACHABLE, "unreachable", ledger["PB101"].findings[0].message))
    elif broken:
        names = ", ".join(broken)
        faults.append((ExitCode.FINDINGS, "broken", f"{len(broken)} of {asked} checks did not hold: {names}"))
    if cause is Cause.BUDGET:
        faults.append((ExitCode.TIME_OUT, "out of time", f"the probe did not end within limits.budget, {budget:g} s"))
    if cause is Cause.INTERRUPTED:
        faults.append((ExitCode.NOTHING_SHOWN, "interrupted", "the probe was interrupted: this is what it saw"))
    if not asked:
        faults.append((ExitCode.NOTHING_SHOWN, "nothing checked", "no check was tried"))
    elif unshown and "PB101" not in broken:
        names = ", ".join(unshown)
        faults.append(
            (ExitCode.NOTHING_SHOWN, "not shown", f"{len(unshown)} of {asked} checks could not be judged: {names}")
        )
    if not faults:
        return Verdict(ExitCode.HELD, "held", f"all {asked} checks that were asked for held")
    (code, word, message), *others = faults
    return Verdict(code, word, message, tuple(other[2] for other in others))
