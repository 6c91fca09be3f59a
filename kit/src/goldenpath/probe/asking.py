"""Which checks a scenario asks for, and why not the others."""

from __future__ import annotations

from collections.abc import Iterator

from goldenpath.probe.scenario import WEBSOCKET, Scenario
from goldenpath.probe.templates import placeholders


def not_asked(scenario: Scenario, views: int) -> Iterator[tuple[str, str]]:
    """The ids of the checks that are not asked for, each with its reason."""
    socket = scenario.transport == WEBSOCKET
    connect, faults, limits, resume = scenario.connect, scenario.faults, scenario.limits, scenario.resume
    reasons = {
        "PB102": "" if scenario.login else "the scenario has no [[login]]",
        "PB103": "" if socket else "over sse each question is a request of its own",
        "PB104": "" if connect.secret else "[connect] sends no credentials",
        "PB105": "" if connect.single_use else "connect.single_use is false",
        "PB301": "" if limits.first_event_ms else "limits.first_event_ms is 0",
        "PB302": "" if limits.end_ms else "limits.end_ms is 0",
        "PB303": "" if limits.runs_per_second else "limits.runs_per_second is 0",
        "PB501": "" if faults.cut_after else "faults.cut_after is 0",
        "PB601": "" if faults.garbage else "faults.garbage is false",
        "PB602": "" if faults.oversize else "faults.oversize is 0",
        "PB603": "" if faults.flood else "faults.flood is 0",
        "PB604": "" if faults.slow_reader else "faults.slow_reader is 0",
    }
    misbehaves = faults.garbage or faults.oversize or faults.flood or faults.slow_reader
    reasons["PB605"] = "" if misbehaves else "[faults] asks for no misbehaviour"
    if not socket and faults.flood:
        reasons["PB603"] = "over sse there is no connection to flood"
    back = reasons["PB501"] or ("" if resume is not None else "the scenario has no [resume]")
    reasons["PB502"] = reasons["PB503"] = back
    alone = "" if views > 1 else "there is nobody else: [load] brings one user, or isolation.between is tenants"
    marked = "canary" in set(placeholders(scenario.ask.message))
    reasons["PB401"] = alone or ("" if marked else "the message of [ask] holds no {canary}")
    reasons["PB402"] = alone
    reasons["PB403"] = alone or ("" if scenario.look else "the scenario has no [[look]]")
    reasons["PB404"] = alone or ("" if resume is not None else "the scenario has no [resume]")
    yield from ((id, reason) for id, reason in reasons.items() if reason)
