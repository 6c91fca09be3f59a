"""A black-box check of a live agent endpoint: contract, latency, isolation, reconnects, abuse, and a verdict."""

from __future__ import annotations

from goldenpath.probe.checks import CHECKS, Check
from goldenpath.probe.ledger import Finding, Ledger, State
from goldenpath.probe.probing import Probe
from goldenpath.probe.report import Report
from goldenpath.probe.scenario import Scenario
from goldenpath.probe.scenario_file import ScenarioError, builtin_names, builtin_text, load_scenario, parse_scenario
from goldenpath.probe.target import Target, TargetRefused, target_of
from goldenpath.probe.verdict import ExitCode, Verdict

__all__ = [
    "CHECKS",
    "Check",
    "ExitCode",
    "Finding",
    "Ledger",
    "Probe",
    "Report",
    "Scenario",
    "ScenarioError",
    "State",
    "Target",
    "TargetRefused",
    "Verdict",
    "builtin_names",
    "builtin_text",
    "load_scenario",
    "parse_scenario",
    "target_of",
]
